/** The A-Softmax head, fused and composed. */
import { Gpu } from "../src/gpu/gpu.ts";
import { headCases } from "./cases/head.ts";
import { register } from "./support.ts";

const gpu = await Gpu.request();
for (const item of headCases(gpu, 8)) register(gpu, item);
