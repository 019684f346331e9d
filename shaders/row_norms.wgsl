// L2 norms of the rows of a matrix, and the rows divided by them. Norms below 1e-12 count as 1e-12. One
// workgroup a row.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> norms: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let first = row * shape.cols4;
  var sum = 0.0;
  for (var i = lane; i < shape.cols4; i += 64u) { sum += dot(x[first + i], x[first + i]); }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  let norm = max(sqrt(sums[0]), 1e-12);
  if (lane == 0u) { norms[row] = norm; }
  for (var i = lane; i < shape.cols4; i += 64u) { y[first + i] = x[first + i] / norm; }
}
