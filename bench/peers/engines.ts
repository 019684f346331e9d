/** The engines by the names that `--engines` takes. */

import { type Kind, messageOf } from "./compare.ts";
import type { Contender } from "./contender.ts";
import { jax } from "./jax.ts";
import { loadOnnx } from "./onnx.ts";
import { loadPytorch } from "./pytorch.ts";
import { tensorflow } from "./tensorflow.ts";

interface Engine {
  /** What it can do. */
  readonly kinds: readonly Kind[];
  readonly load: () => Promise<Contender>;
}

const ALL: readonly Kind[] = ["matmul", "conv", "forward", "step"];

const ENGINES: ReadonlyMap<string, Engine> = new Map([
  ["tfjs", { kinds: [...ALL, "detect"], load: tensorflow }],
  ["jax-js", { kinds: ALL, load: jax }],
  ["ort-1", { kinds: ["forward"], load: () => loadOnnx(1) }],
  ["ort-2", { kinds: ["forward"], load: () => loadOnnx(2) }],
  ["pytorch", { kinds: ALL, load: () => loadPytorch("cpu") }],
  ["pytorch-cuda", { kinds: ALL, load: () => loadPytorch("cuda") }],
]);

/** All names. */
export const ENGINE_NAMES: readonly string[] = [...ENGINES.keys()];

/** Those that run where nobody says which. */
export const USUAL_ENGINES: readonly string[] = ENGINE_NAMES
  .filter((name) => name !== "pytorch-cuda");

/** Loads the engines that can do any of the kinds; one that cannot be loaded is told about and left out. */
export async function loadEngines(
  names: readonly string[],
  kinds: readonly Kind[],
): Promise<Contender[]> {
  const loaded: Contender[] = [];
  for (const [name, engine] of ENGINES) {
    if (!names.includes(name)) continue;
    if (!engine.kinds.some((kind) => kinds.includes(kind))) continue;
    try {
      loaded.push(await engine.load());
    } catch (error) {
      console.log(`${name} is left out, it cannot be loaded: ${messageOf(error)}`);
    }
  }
  return loaded;
}
