// All of PReLU's gradients in one pass over a band of rows (pixels): dx, and the band's share of the
// gradient of the slopes and of a bias that was added before the PReLU. At zero the derivative is the slope.
// Linked with prelu_backward_apart.wgsl or prelu_backward_in_place.wgsl, which declare `x` and say where dx goes.

struct Shape {
  rows: u32,
  cols4: u32,
  band: u32, // rows in a band
}
@group(0) @binding(1) var<storage, read> slope: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<Stored>;
@group(0) @binding(3) var<storage, read_write> slope_sums: array<vec4f>; // [bands, cols]
@group(0) @binding(4) var<storage, read_write> bias_sums: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let first = id.y * shape.band;
  if (id.x >= shape.cols4 || first >= shape.rows) { return; }
  let end = min(first + shape.band, shape.rows);
  let s = slope[id.x];
  var slope_sum = vec4f();
  var bias_sum = vec4f();
  for (var row = first; row < end; row++) {
    let i = row * shape.cols4 + id.x;
    let value = vec4f(x[i]);
    let upstream = vec4f(dy[i]);
    let gradient = select(s, vec4f(1), value > vec4f()) * upstream;
    slope_sum += min(value, vec4f()) * upstream;
    bias_sum += gradient;
    store(i, gradient);
  }
  slope_sums[id.y * shape.cols4 + id.x] = slope_sum;
  bias_sums[id.y * shape.cols4 + id.x] = bias_sum;
}
