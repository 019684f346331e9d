// The gradient of y = x / |x| by rows: dx = (dy - (dy . y) y) / |x|, the part of dy that is tangent to the
// sphere. With ACCUMULATE it is added to what stands in dx.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let first = row * shape.cols4;
  var sum = 0.0;
  for (var i = lane; i < shape.cols4; i += 64u) { sum += dot(dy[first + i], y[first + i]); }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  let along = sums[0];
  for (var i = lane; i < shape.cols4; i += 64u) {
    var gradient = (dy[first + i] - along * y[first + i]) / norms[row];
    if (ACCUMULATE) { gradient += dx[first + i]; }
    dx[first + i] = gradient;
  }
}
