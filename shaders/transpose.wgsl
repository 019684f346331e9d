// out[col, row] = a[row, col] through a tile in workgroup memory, so that both sides are touched in order.

struct Shape {
  rows: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> tile: array<array<f32, 17>, 16>; // one column more, so that columns lie in different banks

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.y * 16u + local.y;
  let col = group.x * 16u + local.x;
  if (row < shape.rows && col < shape.cols) { tile[local.y][local.x] = a[row * shape.cols + col]; }
  workgroupBarrier();
  let to_row = group.x * 16u + local.y;
  let to_col = group.y * 16u + local.x;
  if (to_row < shape.cols && to_col < shape.rows) {
    out[to_row * shape.rows + to_col] = tile[local.x][local.y];
  }
}
