// One partial sum for each workgroup: 64 invocations add up to CHUNK values of the input, then a tree in a
// fixed order adds theirs, so that the result is the same on every run.

struct Shape {
  size: u32,
  scale: f32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * CHUNK;
  let end = min(first + CHUNK, shape.size);
  var sum = 0.0;
  for (var i = first + lane; i < end; i += 64u) { sum += a[i]; }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { out[group.x] = sums[0] * shape.scale; }
}
