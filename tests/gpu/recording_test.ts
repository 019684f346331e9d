import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Slice } from "../../src/gpu/buffers.ts";
import { link } from "../../src/gpu/kernel.ts";
import type { StepNumber } from "../../src/gpu/step_number.ts";
import { accumulate } from "../../src/kernels/accumulate.ts";
import { gpu } from "../support/gpu.ts";

/** More than fit into one submission. */
const MANY = 300;

/** out = factor · a + shift. */
const STEP = link("recording test step", "rw", [`
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> numbers: vec2f;
@compute @workgroup_size(1)
fn main() { out[0] = numbers.x * a[0] + numbers.y; }
`]);

const PUT_TEXEL = link("recording test put", "rs", [`
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var to: texture_storage_2d<rgba32float, write>;
@compute @workgroup_size(1)
fn main() { textureStore(to, vec2u(0u, 0u), a[0]); }
`]);

const GET_TEXEL = link("recording test get", "tw", [`
@group(0) @binding(0) var from_texels: texture_2d<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@compute @workgroup_size(1)
fn main() { out[0] = textureLoad(from_texels, vec2u(0u, 0u), 0); }
`]);

function step(from: Slice, to: Slice, factor: StepNumber, shift: StepNumber): void {
  gpu.dispatch(STEP, [from, to], [1], new Uint32Array(2), [[0, factor], [1, shift]]);
}

function fill(slice: Slice, value: number): void {
  gpu.upload(slice, new Float32Array(4).fill(value));
}

async function first(slice: Slice): Promise<number> {
  return new Float32Array(await gpu.read(slice))[0]!;
}

/** Memory from outside of a recording, as its inputs and results are. */
function memory(count: number): Slice[] & Disposable {
  const slices = Array.from({ length: count }, () => gpu.acquire(16));
  const dispose = () => slices.forEach((slice) => gpu.release(slice));
  return Object.assign(slices, { [Symbol.dispose]: dispose });
}

Deno.test("record() runs nothing; each replay runs all of it", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  fill(x, 1);
  fill(y, 7);
  const before = gpu.counts;
  using recording = gpu.record(() => {
    step(x, y, 1, 2);
    gpu.copy(y, x);
    gpu.flush();
  });
  assertEquals(gpu.counts.dispatches, before.dispatches);
  assertEquals([await first(x), await first(y)], [1, 7]);
  recording.replay();
  assertEquals(gpu.counts.dispatches, before.dispatches + 1);
  assertEquals([await first(x), await first(y)], [3, 3]);
  recording.replay();
  recording.replay();
  assertEquals(await first(x), 7);
});

Deno.test("a replay asks numbers that change anew, and leaves replays before it as they were", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  let factor = 1;
  using recording = gpu.record(() => {
    step(x, y, 1, 100);
    step(y, x, () => factor, () => -factor);
  });
  fill(x, 0);
  const seen: Promise<number>[] = [];
  for (const value of [2, 2, 0.5, 3]) {
    factor = value;
    recording.replay(); // x = factor (x + 100) - factor; none waits for the one before
    seen.push(first(x));
  }
  recording.replay();
  factor = 1;
  recording.replay(); // two replays without a read between
  assertEquals(await Promise.all(seen), [198, 594, 346.5, 1336.5]);
  assertEquals(await first(x), 3 * 1436.5 - 3 + 99);
});

Deno.test("uploads between replays keep their place, with several in flight", async () => {
  using own = memory(2);
  const [x, sum] = own as unknown as [Slice, Slice];
  gpu.clear(sum);
  using recording = gpu.record(() => accumulate(gpu, x, sum, 4));
  const seen: Promise<number>[] = [];
  for (let i = 1; i <= 6; i++) {
    fill(x, i); // over what the replay before reads, which may not be submitted yet
    recording.replay();
    if (i % 2 === 0) seen.push(first(sum));
  }
  assertEquals(await Promise.all(seen), [3, 10, 21]);
});

Deno.test("recorded work keeps its order over passes, submissions and eager commands", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  fill(x, 0);
  using recording = gpu.record(() => {
    let at = x;
    for (let i = 0; i < MANY; i++) {
      const next = gpu.acquire(16);
      step(at, next, 1, i);
      if (at !== x) gpu.release(at);
      at = next;
    }
    gpu.copy(at, x);
    gpu.release(at);
  });
  assert(recording.bytes <= 2 * 256, `${recording.bytes} bytes for a chain of two at a time`);
  step(x, y, 1, 5);
  gpu.copy(y, x);
  recording.replay();
  step(x, y, 1, 0);
  assertEquals(await first(y), 5 + MANY * (MANY - 1) / 2);
});

Deno.test("what is uploaded while recording is there in each replay, also where it is overwritten", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  using recording = gpu.record(() => {
    const read = gpu.acquire(16);
    fill(read, 3);
    const written = gpu.acquire(16);
    fill(written, 10);
    step(read, x, 1, 1); // 4
    step(written, y, 1, 0); // 10
    step(x, written, 1, 0); // so that the next replay would see 4
    gpu.release(read);
    gpu.release(written);
    fill(x, 6); // memory from outside
  });
  for (let i = 0; i < 2; i++) {
    fill(x, 0);
    recording.replay();
    assertEquals([await first(x), await first(y)], [6, 10]);
  }
});

Deno.test("what recorded work acquires and keeps can be read after each replay", async () => {
  using own = memory(1);
  const x = own[0]!;
  let kept!: Slice;
  const recording = gpu.record(() => {
    kept = gpu.acquire(16);
    step(x, kept, 1, 1);
    const later = gpu.acquire(16);
    step(kept, later, 1, 1);
    gpu.release(later);
  });
  for (const value of [4, 9]) {
    fill(x, value);
    recording.replay();
    assertEquals(await first(kept), value + 1);
  }
  recording[Symbol.dispose]();
  recording[Symbol.dispose]();
  assertThrows(() => gpu.clear(kept), Error, "after it was disposed of");
  gpu.release(kept);
});

Deno.test("recorded work may use textures as memory", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  using recording = gpu.record(() => {
    const texels = gpu.acquireTexels(16);
    gpu.dispatch(PUT_TEXEL, [x, texels], [1]);
    gpu.dispatch(GET_TEXEL, [texels, y], [1]);
    gpu.releaseTexels(texels);
  });
  fill(x, 8);
  recording.replay();
  assertEquals(await first(y), 8);
});

Deno.test("a recording holds its memory until it is disposed of", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  fill(x, 1);
  const before = gpu.memory.usedBytes;
  const given = gpu.acquire(16);
  const recording = gpu.record(() => {
    const [a, b] = [gpu.acquire(4096), gpu.acquire(4096)];
    step(x, a, 1, 1);
    step(a, b, 1, 1);
    step(b, y, 1, 1);
    gpu.release(a);
    gpu.release(b);
    gpu.release(given); // memory from outside, which replays may use
  });
  assertEquals(recording.bytes, 2 * 4096);
  assertEquals(gpu.memory.usedBytes, before + 2 * 4096 + 256);
  const other = gpu.acquire(4096);
  recording.replay();
  gpu.clear(other);
  assertEquals(await first(y), 4);
  gpu.release(other);
  recording.replay();
  recording[Symbol.dispose](); // with commands that are not yet submitted
  assertEquals(gpu.memory.usedBytes, before);
  assertEquals(await first(y), 4);
  assertThrows(
    () => recording.replay(),
    Error,
    "A recording was replayed after it was disposed of.",
  );
  gpu.trim();
  assertEquals(await first(y), 4);
});

Deno.test("record() makes use of idle memory, and lets go of what does not fit", () => {
  gpu.trim();
  const { allocatedBytes } = gpu.memory;
  const sizes = [8192, 8192, 65536];
  const idle = sizes.map((size) => gpu.acquire(size));
  for (const slice of idle) gpu.release(slice);
  using own = memory(1);
  const work = (size: number) => () => {
    const [a, b] = [gpu.acquire(size), gpu.acquire(size)];
    step(own[0]!, a, 1, 1);
    step(a, b, 1, 1);
    gpu.release(a);
    gpu.release(b);
  };
  {
    using fits = gpu.record(work(8192));
    assertEquals(fits.bytes, 2 * 8192);
    assertEquals(gpu.memory.allocatedBytes, allocatedBytes + 2 * 8192 + 65536 + 256);
    using fitsNot = gpu.record(work(1 << 20));
    assertEquals(gpu.memory.allocatedBytes, allocatedBytes + fits.bytes + fitsNot.bytes + 256);
  }
});

Deno.test("record() refuses what would wait, and work that records, and is none the worse for it", async () => {
  using own = memory(2);
  const [x, y] = own as unknown as [Slice, Slice];
  fill(x, 1);
  const before = gpu.memory.usedBytes;
  const given = gpu.acquire(16);
  assertThrows(() => gpu.record(() => void gpu.read(x)), Error, "Recorded work cannot read");
  assertThrows(
    () => gpu.record(() => gpu.record(() => {})),
    Error,
    "Recorded work cannot record; do it before or after.",
  );
  assertThrows(() => gpu.record(() => gpu.trim()), Error, "cannot return memory");
  assertThrows(() => gpu.record(async () => {}), TypeError, "a synchronous function");
  let finish!: Promise<void>;
  gpu.record(() => void (finish = gpu.finish()))[Symbol.dispose]();
  await assertRejects(() => finish, Error, "Recorded work cannot wait");
  assertThrows(
    () =>
      gpu.record(() => {
        gpu.acquire(4096);
        gpu.release(given);
        throw new RangeError("from within");
      }),
    RangeError,
    "from within",
  );
  assertThrows(
    () => gpu.record(() => gpu.acquire(gpu.device.limits.maxBufferSize + 1)),
    RangeError,
    "exceeds this adapter's limit",
  );
  assertEquals(gpu.memory.usedBytes, before);
  step(x, y, 1, 1); // runs, not recorded
  assertEquals(await first(y), 2);
});
