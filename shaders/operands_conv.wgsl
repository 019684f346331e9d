// The geometry that the three passes of a convolution share. Images are [batch, height, width, channels],
// weights [kernel height, kernel width, in, out]; channels are multiples of 4. Images may be stored in f16.

struct Geometry {
  batch: u32,
  in_height: u32,
  in_width: u32,
  in_channels: u32,
  out_height: u32,
  out_width: u32,
  out_channels: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride: u32,
  padding: u32,
  bands: u32,       // weight gradient: bands of an image, each a segment
  band_pixels: u32, // weight gradient: output pixels in a band
  split: u32,       // weight gradient: segments summed by one workgroup layer
}
@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read> b: array<StoredB>;
@group(1) @binding(0) var<uniform> g: Geometry;

const LANES = vec4u(0u, 1u, 2u, 3u);

// a / b for a below 2^22, without the integer division that software adapters do lane by lane.
fn quotient(a: vec4u, b: u32) -> vec4u {
  return vec4u((vec4f(a) + 0.5) / f32(b));
}

// Four vec4 of A, zero where the place is negative.
fn gather_a(at: vec4i, k: u32) -> mat4x4f {
  let place = vec4u(max(at, vec4i(0)));
  return mat4x4f(
    select(vec4f(), vec4f(a[place.x + k]), at.x >= 0),
    select(vec4f(), vec4f(a[place.y + k]), at.y >= 0),
    select(vec4f(), vec4f(a[place.z + k]), at.z >= 0),
    select(vec4f(), vec4f(a[place.w + k]), at.w >= 0),
  );
}
