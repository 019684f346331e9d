// Divides the rows of a matrix in place by their lengths, whose squares are given; lengths below 1e-12 count as
// 1e-12. Each invocation takes VECTORS vec4 in a row, VECTORS a divisor of the columns.

struct Shape {
  size4: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (id.x + id.y * groups.x * 64u) * VECTORS;
  if (first >= shape.size4) { return; }
  let norm = max(sqrt(squares[first / shape.cols4]), 1e-12);
  for (var i = first; i < first + VECTORS; i++) { x[i] /= norm; }
}
