/**
 * Numbers that change from step to step, such as a learning rate. Where a kernel takes one, a function may
 * stand for it: a recording asks it anew at each replay, and writes the answer into the kernel's uniforms.
 */

/** A number, or a function that gives the present one. */
export type StepNumber = number | (() => number);

/** Words of a uniform block that hold such numbers as f32: the word's index, and the number. */
export type StepWords = readonly (readonly [word: number, number: StepNumber])[];

/** The present value. */
export function now(number: StepNumber): number {
  return typeof number === "number" ? number : number();
}

/** The product with a factor, as changeable as the number. */
export function times(number: StepNumber, factor: number): StepNumber {
  return typeof number === "number" ? number * factor : () => number() * factor;
}
