/**
 * spheregrad: a small autograd engine whose operations are WGSL compute shaders, and SphereFace (deep
 * hypersphere embedding for face recognition) built on it. It runs in Deno and in browsers that have
 * WebGPU, with web-standard APIs alone.
 *
 * @module
 */

// Deno brings the types of WebGPU, TypeScript's DOM library only some: this is what browsers lack.
import type {} from "@webgpu/types";

export { type AdapterClass, type AdapterDescription, describeAdapter } from "./src/gpu/adapter.ts";
