import { assert } from "@std/assert";
import { fuzz } from "../support/fuzz.ts";
import { FORMAT_TARGETS } from "./fuzz_targets.ts";

/** `deno task fuzz` takes other numbers and seeds. */
const FILES = 10_000;

for (const target of FORMAT_TARGETS) {
  Deno.test(`${target.name}: ${FILES} damaged files are read or refused in words`, async () => {
    for (const whole of await target.wholes()) {
      try {
        await target.read(Uint8Array.from(whole));
      } catch (error) {
        // The pickles that name a shell are among the whole ones.
        if (!String(error).includes("not allowed here")) throw error;
      }
    }
    const { refused } = await fuzz(target, FILES, 20170721);
    assert(refused > FILES / 10, `only ${refused} refused`);
  });
}
