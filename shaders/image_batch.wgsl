// Bytes to network input: RGB bytes [batch, height, width, 3] become floats [batch, height, width, 4],
// (v - 127.5) / 128 as in the paper's preprocessing, the fourth channel zero, mirrored where flips[image]
// is 1. One invocation a pixel.

struct Shape {
  pixels: u32, // of the whole batch
  width: u32,
  image_pixels: u32,
}
@group(0) @binding(0) var<storage, read> bytes: array<u32>;
@group(0) @binding(1) var<storage, read> flips: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn byte(i: u32) -> f32 { return f32((bytes[i / 4u] >> (i % 4u * 8u)) & 255u); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.pixels) { return; }
  let x = i % shape.width;
  let mirrored = i - x + (shape.width - 1u - x);
  let at = 3u * select(i, mirrored, flips[i / shape.image_pixels] == 1u);
  let rgb = vec3f(byte(at), byte(at + 1u), byte(at + 2u));
  out[i] = StoredOut(vec4f((rgb - 127.5) / 128.0, 0.0));
}
