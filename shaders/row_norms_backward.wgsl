// The gradient of y = x / |x| by rows: dx = (dy - (dy . y) y) / |x|, the part of dy that is tangent to the
// sphere. With ACCUMULATE it is added to what stands in dx. Linked with row_of_group.wgsl.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
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
  for (var i = share.first; i < end; i += share.step) { sum += dot(dy[first + i], y[first + i]); }
  let along = over_row(sum, lane);
  let norm = norms[share.row];
  for (var i = share.first; i < end; i += share.step) {
    var gradient = (dy[first + i] - along * y[first + i]) / norm;
    if (ACCUMULATE) { gradient += dx[first + i]; }
    dx[first + i] = gradient;
  }
}
