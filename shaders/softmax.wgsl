// Softmax along the rows of a matrix [rows, classes], one invocation a row.

struct Shape {
  rows: u32,
  classes: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= shape.rows) { return; }
  let first = row * shape.classes;
  // Never less than the classes: see gemm_registers.wgsl.
  let limit = min(first + shape.classes, ~row);
  var peak = x[first];
  for (var i = first + 1u; i < limit; i++) { peak = max(peak, x[i]); }
  var sum = 0.0;
  for (var i = first; i < limit; i++) { sum += exp(x[i] - peak); }
  for (var i = first; i < limit; i++) { y[i] = exp(x[i] - peak) / sum; }
}
