import { assertEquals, assertMatch } from "@std/assert";
import { Diagnosis } from "../../src/sphereface/diagnosis.ts";

/** The warnings that a run of losses gives, with the iteration of each. */
function warnings(classes: number, losses: readonly number[]): [number, string][] {
  const diagnosis = new Diagnosis(classes);
  return losses.flatMap((loss, index) => {
    const warning = diagnosis.hear(index + 1, loss);
    return warning === null ? [] : [[index + 1, warning] as [number, string]];
  });
}

const CHANCE = Math.log(100);

Deno.test("Diagnosis warns once of a loss that stays at ln(classes)", () => {
  const heard = warnings(100, Array.from({ length: 300 }, (_, i) => CHANCE + 0.05 * Math.sin(i)));
  assertEquals(heard.map(([iteration]) => iteration), [100]);
  assertMatch(heard[0]![1], /^Iteration 100: .*ln\(100\) = 4\.61 for 100 iterations/);
  assertMatch(heard[0]![1], /--lambda-gamma.*--lr.*--head modified/);
});

Deno.test("Diagnosis hears chance after a better start, and not while losses move", () => {
  const moving = Array.from({ length: 300 }, (_, i) => CHANCE * (1 + 0.1 * Math.sin(i)));
  assertEquals(warnings(100, moving), []);
  const back = [...Array(50).fill(2), ...Array(100).fill(CHANCE)];
  assertEquals(warnings(100, back).map(([iteration]) => iteration), [150]);
  const learning = Array.from({ length: 300 }, (_, i) => CHANCE * 0.99 ** i);
  assertEquals(warnings(100, learning), []);
});

Deno.test("Diagnosis warns once of a loss that runs to 87.3365", () => {
  const heard = warnings(100, [4.6, 20, 78, 80, 87.3365, 87.3365]);
  assertEquals(heard.map(([iteration]) => iteration), [4]);
  assertMatch(heard[0]![1], /^Iteration 4: the loss is 80\.00; at 87\.3365 .* diverged\./);
  assertMatch(heard[0]![1], /--lr.*--lambda-min.*--lambda-gamma.*--batch/);
});

Deno.test("Diagnosis warns of a loss that is no number, beside other troubles", () => {
  const heard = warnings(100, [87.3365, NaN, Infinity]);
  assertEquals(heard.map(([iteration]) => iteration), [1, 2]);
  assertMatch(heard[1]![1], /^Iteration 2: the loss is NaN\. Lower --lr/);
});

Deno.test("Diagnosis.diverged tells whether the last loss is one that no run comes back from", () => {
  const diagnosis = new Diagnosis(10);
  diagnosis.hear(1, 2.3);
  assertEquals(diagnosis.diverged, false);
  diagnosis.hear(2, 87.3365);
  assertEquals(diagnosis.diverged, true);
  diagnosis.hear(3, 5);
  assertEquals(diagnosis.diverged, false);
  diagnosis.hear(4, NaN);
  assertEquals(diagnosis.diverged, true);
});

Deno.test("Diagnosis warns of twenty skipped steps in a row, not of a few", () => {
  const diagnosis = new Diagnosis(100);
  const hear = (iteration: number, skipped: boolean) => diagnosis.hear(iteration, 3, skipped);
  for (let iteration = 1; iteration <= 19; iteration++) assertEquals(hear(iteration, true), null);
  assertEquals(hear(20, false), null);
  for (let iteration = 21; iteration <= 39; iteration++) assertEquals(hear(iteration, true), null);
  assertMatch(hear(40, true)!, /^Iteration 40: 20 steps in a row were skipped.*--precision f32/);
  assertEquals(hear(41, true), null);
});
