/** The three passes of every convolution of SphereNet-20, the plain tile as baseline. */
import { Gpu } from "../src/gpu/gpu.ts";
import { convCases } from "./cases/conv.ts";
import { register } from "./support.ts";

const gpu = await Gpu.request();
for (const item of convCases(gpu, 8, ["plain"])) register(gpu, item);
