import { assert } from "@std/assert";
import { fuzz } from "../../support/fuzz.ts";
import { IMAGE_TARGETS } from "./fuzz_targets.ts";

/** `deno task fuzz` takes other numbers and seeds. */
const FILES = 10_000;

for (const target of IMAGE_TARGETS) {
  Deno.test(`${target.name}: ${FILES} damaged files are decoded or refused in words`, async () => {
    for (const whole of await target.wholes()) await target.read(Uint8Array.from(whole));
    const { refused } = await fuzz(target, FILES, 20170721);
    assert(refused > FILES / 10, `only ${refused} refused`);
  });
}
