/**
 * Probes the adapter in a worker. A WebGPU instance, once made, never sees a driver that is installed
 * later; a worker makes its own.
 */
import { probe } from "./probe.ts";

declare const self: { postMessage(message: unknown): void; close(): void };

self.postMessage(await probe());
self.close();
