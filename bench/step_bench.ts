/** Whole training steps of SphereNet-4 and SphereNet-20, fused and not. */
import { Gpu } from "../src/gpu/gpu.ts";
import { PAPER_SIZE } from "./cases/conv.ts";
import { CLASSES } from "./cases/head.ts";
import { stepCases } from "./cases/step.ts";
import { register } from "./support.ts";

const gpu = await Gpu.request();
const nets = ([["4", 8], ["20", 4]] as const)
  .map(([net, batch]) => ({ net, size: PAPER_SIZE, batch, classes: CLASSES }));
for (const item of stepCases(gpu, nets)) register(gpu, item);
