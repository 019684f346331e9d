import { assertEquals } from "@std/assert";
import { duplicateKey } from "../../src/formats/json_keys.ts";

Deno.test("duplicateKey() finds a repeated key at any depth", () => {
  assertEquals(duplicateKey('{"a": 1, "b": 2, "a": 3}'), "a");
  assertEquals(duplicateKey('{"a": {"x": [1, {"y": 1, "y": 2}]}}'), "y");
});

Deno.test("duplicateKey() sees through escapes", () => {
  assertEquals(duplicateKey('{"a\\"b": 1, "\\u0061\\"b": 2}'), 'a"b');
});

Deno.test("duplicateKey() lets equal keys of different objects and equal values stand", () => {
  const text =
    '{"a": {"x": "x", "y": "x"}, "b": {"x": ["x", "x"]}, "c": "{\\"a\\": 1, \\"a\\": 2}"}';
  assertEquals(duplicateKey(text), null);
});
