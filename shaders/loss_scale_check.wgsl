// Looks for a gradient that is infinite or not a number: feature maps in f16 had no room for it. By the bits, as
// WGSL may take such values for absent. Each invocation looks at VECTORS vec4 in a row.

struct LossScale {
  scale: f32,
  good_steps: f32,
  overflow: atomic<u32>,
}
@group(0) @binding(0) var<storage, read> gradients: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> loss_scale: LossScale;
@group(1) @binding(0) var<uniform> size4: u32;

const EXPONENT = vec4u(0x7f800000u);

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (id.x + id.y * groups.x * 64u) * VECTORS;
  let end = min(first + VECTORS, size4);
  var found = vec4<bool>();
  for (var i = first; i < end; i++) { found |= (gradients[i] & EXPONENT) == EXPONENT; }
  if (any(found)) { atomicStore(&loss_scale.overflow, 1u); }
}
