// Who works on which row: a workgroup of 64 on each, or, where SERIAL, an invocation on each. A rasteriser
// emulates barriers, and loads lane by lane whatever lies side by side; GPUs want neighbours to load neighbours.

var<workgroup> sums: array<f32, 64>;

struct Share {
  row: u32,
  first: u32, // column of vec4
  step: u32,
}

fn share_of(id: vec3u, group: vec3u, groups: vec3u, lane: u32) -> Share {
  if (SERIAL) { return Share(id.x, 0u, 1u); }
  return Share(group.x + group.y * groups.x, lane, 64u);
}

// The sum over all invocations of a row.
fn over_row(sum: f32, lane: u32) -> f32 {
  if (SERIAL) { return sum; }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  return sums[0];
}
