/** PReLU, fused and composed. */
import { Gpu } from "../src/gpu/gpu.ts";
import { preluCases } from "./cases/prelu.ts";
import { register } from "./support.ts";

const gpu = await Gpu.request();
for (const item of preluCases(gpu, 8)) register(gpu, item);
