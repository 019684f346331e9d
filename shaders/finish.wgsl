// Passes a finished product through an epilogue, where the product's own kernel did not.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> product: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn rows(z: u32) -> u32 { return shape.rows; }
fn cols4() -> u32 { return shape.cols4; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return 0u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let row = i / shape.cols4;
  if (row < shape.rows) { store(row, i - row * shape.cols4, 0u, product[i]); }
}
