import { assertEquals, assertThrows } from "@std/assert";
import { parseVideoPairs } from "../../src/evaluate/video_pairs.ts";

const HEADER = "split number, pair number, first name, second name, is same\r\n";

Deno.test("parseVideoPairs() reads YouTube Faces' list", () => {
  const text =
    `${HEADER}1, 1, Ann_Lee/0, Ann_Lee/2, 1\r\n1, 2, Ann_Lee/0, Bo/1, 0\r\n2,1,Bo/1,Cy/5,0\n\n`;
  const pairs = parseVideoPairs(text, "splits.txt");
  assertEquals(pairs.images, ["Ann_Lee/0", "Ann_Lee/2", "Bo/1", "Cy/5"]);
  assertEquals([...pairs.left], [0, 0, 2]);
  assertEquals([...pairs.right], [1, 2, 3]);
  assertEquals([...pairs.same], [1, 0, 0]);
  assertEquals([...pairs.fold], [0, 0, 1]);
});

Deno.test("parseVideoPairs() names malformed lines", () => {
  const lines = ["1, 1, a/0, b/1, 2", "0, 1, a/0, b/1, 1", "1, 1, ../a, b/1, 1", "1, 1, a/0, 1"];
  const error = assertThrows(
    () => parseVideoPairs(HEADER + lines.join("\n"), "splits.txt"),
    SyntaxError,
    "splits.txt has 4 lines",
  );
  assertEquals(error.message.match(/line \d/g), ["line 2", "line 3", "line 4", "line 5"]);
  assertThrows(() => parseVideoPairs(HEADER, "splits.txt"), SyntaxError, "splits.txt is empty");
});
