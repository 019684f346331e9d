// out += a, four at a time, each stored as it is (Stored, StoredOut). Ranges are whole vec4; what follows the last value is nobody's.

@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read_write> out: array<StoredOut>;
@group(1) @binding(0) var<uniform> size4: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i < size4) { out[i] = StoredOut(vec4f(out[i]) + vec4f(a[i])); }
}
