// The last layer of MTCNN's first net at every window: from features [windows, channels] and weights
// [channels, 8] (logits of no face and face, x1, y1, x2, y2, two unused) the probability of a face and the moves of
// the box. One invocation does eight windows, so that a weight that was loaded serves all of them.

struct Shape {
  windows: u32,
  channels4: u32, // in vec4
}
@group(0) @binding(0) var<storage, read> features: array<vec4f>;
@group(0) @binding(1) var<storage, read> weights: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> probability: array<f32>;
@group(0) @binding(4) var<storage, read_write> regression: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

// Features of four windows.
fn gather(at: vec4u, k: u32) -> mat4x4f {
  return mat4x4f(features[at.x + k], features[at.y + k], features[at.z + k], features[at.w + k]);
}

fn line(c: mat4x4f, i: u32) -> vec4f {
  return select(select(c[0], c[1], i == 1u), select(c[2], c[3], i == 3u), i >= 2u);
}

fn put(window: u32, a: vec4f, b: vec4f) {
  if (window >= shape.windows) { return; }
  // The second of the pair that softmax makes.
  probability[window] = 1.0 / (1.0 + exp(a.x - a.y));
  regression[window] = vec4f(a.zw, b.xy);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (id.x + id.y * groups.x * LANES) * 8u;
  if (first >= shape.windows) { return; }
  let last = vec4u(shape.windows - 1u);
  let upper = min(first + vec4u(0u, 1u, 2u, 3u), last) * shape.channels4;
  let lower = min(first + vec4u(4u, 5u, 6u, 7u), last) * shape.channels4;
  let bias0 = bias[0];
  let bias1 = bias[1];
  var c00 = mat4x4f(bias0, bias0, bias0, bias0);
  var c01 = mat4x4f(bias1, bias1, bias1, bias1);
  var c10 = c00;
  var c11 = c01;
  // Never less than the channels: see gemm_registers.wgsl.
  let limit = min(shape.channels4, ~first);
  for (var k = 0u; k < limit; k++) {
    let at = k * 8u;
    let b0 = mat4x4f(weights[at], weights[at + 2u], weights[at + 4u], weights[at + 6u]);
    let b1 = mat4x4f(weights[at + 1u], weights[at + 3u], weights[at + 5u], weights[at + 7u]);
    let a0 = gather(upper, k);
    c00 += b0 * a0;
    c01 += b1 * a0;
    let a1 = gather(lower, k);
    c10 += b0 * a1;
    c11 += b1 * a1;
  }
  for (var i = 0u; i < min(4u, shape.windows - first); i++) {
    put(first + i, line(c00, i), line(c01, i));
    put(first + 4u + i, line(c10, i), line(c11, i));
  }
}
