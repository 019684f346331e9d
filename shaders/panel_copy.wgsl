// Copies a matrix into a panel as it is, with zeros behind it.

struct Shape {
  size4: u32,
  stored4: u32,
}
@group(0) @binding(0) var<storage, read> matrix: array<Stored>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.stored4) { return; }
  let inside = i < shape.size4;
  panel_put(i, select(vec4f(), vec4f(matrix[select(0u, i, inside)]), inside));
}
