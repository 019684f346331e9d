// out[i, :] += factors[first_factor + i] * x[i, :]: the part of a gradient that lies along its variable.

struct Shape {
  size4: u32,
  cols4: u32,
  first_factor: u32,
}
@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i < shape.size4) { out[i] += factors[shape.first_factor + i / shape.cols4] * x[i]; }
}
