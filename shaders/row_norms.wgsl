// L2 norms of the rows of a matrix, and the rows divided by them. Norms below 1e-12 count as 1e-12. Linked with
// row_of_group.wgsl.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> norms: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = share_of(id, group, groups, lane);
  let end = select(0u, shape.cols4, share.row < shape.rows);
  let first = share.row * shape.cols4;
  var sum = 0.0;
  for (var i = share.first; i < end; i += share.step) {
    let value = x[first + i];
    sum += dot(value, value);
  }
  let norm = max(sqrt(over_row(sum, lane)), 1e-12);
  if (share.first == 0u && end > 0u) { norms[share.row] = norm; }
  for (var i = share.first; i < end; i += share.step) { y[first + i] = x[first + i] / norm; }
}
