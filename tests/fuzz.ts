/**
 * Damages files of every kind by the thousand and says how their readers took it: `deno task fuzz`, with
 * the number of files and a seed as arguments if not 10,000 and the tests' own.
 */

import { IMAGE_TARGETS } from "./faces/images/fuzz_targets.ts";
import { FORMAT_TARGETS } from "./formats/fuzz_targets.ts";
import { fuzz } from "./support/fuzz.ts";

const MOST_MEMORY = 512 * 2 ** 20;

const [files = 10_000, seed = 20170721] = Deno.args.map(Number);
let fine = true;
for (const target of [...FORMAT_TARGETS, ...IMAGE_TARGETS]) {
  const start = performance.now();
  const { read, refused, slowest, peak } = await fuzz(target, files, seed);
  const seconds = (performance.now() - start) / 1000;
  fine &&= peak < MOST_MEMORY;
  console.log(
    `${target.name.padEnd(7)} ${files} files: ${read} read, ${refused} refused; ` +
      `${seconds.toFixed(1)} s, slowest ${slowest.toFixed(0)} ms; ` +
      `${(peak / 2 ** 20).toFixed(0)} MiB at most`,
  );
}
if (!fine) {
  console.error("More than 512 MiB were held.");
  Deno.exit(1);
}
