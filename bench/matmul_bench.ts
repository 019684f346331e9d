/** Matrix products in every form of the tile, the plain one as baseline. */
import { Gpu } from "../src/gpu/gpu.ts";
import { matmulCases } from "./cases/matmul.ts";
import { register } from "./support.ts";

const gpu = await Gpu.request();
for (const item of matmulCases(gpu, 8, ["plain"])) register(gpu, item);
