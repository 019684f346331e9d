// y = max(x, 0) + slope * min(x, 0), one slope for each channel.

struct Shape {
  size4: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> slope: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Stored>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size4) { return; }
  let value = vec4f(x[i]);
  y[i] = Stored(max(value, vec4f()) + slope[i % shape.cols4] * min(value, vec4f()));
}
