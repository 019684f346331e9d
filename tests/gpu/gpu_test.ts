import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { Gpu, GpuError } from "../../src/gpu/gpu.ts";
import { link } from "../../src/gpu/kernel.ts";
import { affine } from "../../src/kernels/elementwise.ts";
import { gpu } from "../support/gpu.ts";

Deno.test("Gpu.request() gives the adapter's name, class and real limits", async () => {
  using own = await Gpu.request();
  assert(own.adapter.name.length > 0);
  assert(["gpu", "software"].includes(own.adapter.class));
  const adapter = await navigator.gpu.requestAdapter();
  assertEquals(own.bindingLimit, adapter!.limits.maxStorageBufferBindingSize);
});

Deno.test("acquire() gives whole vectors at an aligned offset", () => {
  for (const [bytes, size] of [[0, 16], [1, 16], [16, 16], [17, 32], [4000, 4000]] as const) {
    const slice = gpu.acquire(bytes);
    assertEquals([slice.offset, slice.size], [0, size]);
    assert(slice.buffer.size >= size);
    gpu.release(slice);
  }
});

Deno.test("release() takes the bytes out of use, trim() gives them back", async () => {
  const own = new Gpu(gpu.device, gpu.adapter);
  const slices = [own.acquire(1000), own.acquire(5000)] as const;
  affine(own, slices[0], slices[1], 4, 1, 0); // recorded when trim() comes
  for (const slice of slices) own.release(slice);
  assertEquals(own.memory.usedBytes, 0);
  assert(own.memory.allocatedBytes > 0);
  own.trim();
  assertEquals(own.memory.allocatedBytes, 0);
  // A new buffer may get the same place in a bind group: nothing stale may be used.
  const [a, b] = [own.acquire(1000), own.acquire(5000)] as const;
  own.clear(a);
  affine(own, a, b, 4, 1, 6);
  assertEquals([...new Float32Array(await own.read({ ...b, size: 16 }))], [6, 6, 6, 6]);
});

Deno.test("a kernel that does not compile is named by the next read", async () => {
  using own = await Gpu.request();
  const a = own.acquire(16);
  const bad = link("a kernel with a flaw", "w", ["fn main() { this is not WGSL }"]);
  own.dispatch(bad, [a], [1]);
  const error = await assertRejects(() => own.read(a), GpuError);
  assertStringIncludes(error.message, "a kernel with a flaw does not compile");
  // It stays failed, and says the same.
  assertEquals(assertThrows(() => own.check(), GpuError).message, error.message);
  await assertRejects(() => own.finish(), GpuError, "a kernel with a flaw");
});

Deno.test("a command that the device refuses is reported by the next read", async () => {
  using own = await Gpu.request();
  const a = own.acquire(256);
  own.copy({ ...a, size: 64 }, { ...a, offset: 128, size: 64 }); // within one buffer
  await assertRejects(() => own.read({ ...a, offset: 3, size: 4 }), GpuError, "refused a command");
});

Deno.test("finish() waits for everything", async () => {
  const own = new Gpu(gpu.device, gpu.adapter);
  const [a, b] = [own.acquire(1 << 22), own.acquire(1 << 22)] as const;
  own.clear(a);
  affine(own, a, b, 1 << 20, 1, 2);
  await own.finish();
  assertEquals(own.counts, { dispatches: 1, submissions: 1, reads: 0 });
  assertEquals(new Float32Array(await own.read({ ...b, offset: 1 << 21, size: 4 }))[0], 2);
});
