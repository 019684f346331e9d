/** The optimiser over SphereNet-20's weights, fused and composed. */
import { Gpu } from "../src/gpu/gpu.ts";
import { SphereNet } from "../src/sphereface/spherenet.ts";
import { PAPER_SIZE } from "./cases/conv.ts";
import { sgdCases } from "./cases/sgd.ts";
import { register } from "./support.ts";

const gpu = await Gpu.request();
const { trainable } = new SphereNet("20", PAPER_SIZE).counts;
for (const item of sgdCases(gpu, trainable)) register(gpu, item);
