// out = sum of `parts` consecutive vectors of `size4` vec4, or out += that sum.

struct Shape {
  size4: u32,
  parts: u32,
  accumulate: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size4) { return; }
  var sum = vec4f();
  for (var p = 0u; p < shape.parts; p++) { sum += parts[p * shape.size4 + i]; }
  if (shape.accumulate != 0u) { sum += out[i]; }
  out[i] = sum;
}
