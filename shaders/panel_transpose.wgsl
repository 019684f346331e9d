// Copies a matrix [rows, cols] into a panel [cols, rows]; the rows are a multiple of 4.

struct Shape {
  rows4: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> matrix: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let col = i / shape.rows4;
  if (col >= shape.cols) { return; }
  let at = (i - col * shape.rows4) * 4u * shape.cols + col;
  panel_put(i, vec4f(matrix[at], matrix[at + shape.cols], matrix[at + 2u * shape.cols],
    matrix[at + 3u * shape.cols]));
}
