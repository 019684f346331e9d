// Takes 3 x 3 kernels to the points. Weights are [3, 3, in, out]; the matrices at the points are [in, out],
// or, FLIPPED for the input's gradient, [out, in] of the kernels turned by half a turn.

@group(0) @binding(0) var<storage, read> weights: array<f32>;

fn take(i: u32, j: u32) -> vec4f {
  let channel = (g.first_col4 + col) * 4u;
  if (FLIPPED) {
    let stride = g.rows;
    let at = (((2u - i) * 3u + 2u - j) * g.rows4 * 4u + channel) * stride + row;
    return vec4f(weights[at], weights[at + stride], weights[at + 2u * stride], weights[at + 3u * stride]);
  }
  let at = ((i * 3u + j) * g.rows + row) * g.rows4 * 4u + channel;
  return vec4f(weights[at], weights[at + 1u], weights[at + 2u], weights[at + 3u]);
}
fn give(p: u32, value: vec4f) { panel_put(point(p, g.rows), value); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (locate(id.x + id.y * groups.x * 64u, g.rows)) { weight_transform(); }
}
