// Develops the light of synthetic faces into a photograph: blur, tone, sensor noise, and RGB bytes
// [images, height, width, 3]. Four pixels fill three words, so that is what an invocation writes.

struct Photo {
  blur: f32, // standard deviation in pixels
  noise: f32, // standard deviation, 1 is white
  contrast: f32,
  gamma: f32,
  seed: u32,
}

struct Shape {
  width: u32,
  height: u32,
  images: u32,
}

@group(0) @binding(0) var<storage, read> photos: array<Photo>;
@group(0) @binding(1) var<storage, read> light: array<vec4f>; // [images, height, width], linear
@group(0) @binding(2) var<storage, read_write> bytes: array<u32>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn hash(x: u32) -> u32 { // PCG's output permutation
  let state = x * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

// Close enough to a normal variate: the sum of the word's four bytes, centred and scaled.
fn gaussian(x: u32) -> f32 {
  let word = hash(x);
  let sum = (word & 255u) + (word >> 8u & 255u) + (word >> 16u & 255u) + (word >> 24u);
  return (f32(sum) - 510.0) / 147.8;
}

// The Gaussian mean over the pixel and its neighbours; at the border the image goes on as it ends.
fn blurred(image: u32, x: u32, y: u32, blur: f32) -> vec3f {
  var sum = vec4f(0.0);
  for (var dy = -1; dy <= 1; dy++) {
    let row = image * shape.height + u32(clamp(i32(y) + dy, 0, i32(shape.height) - 1));
    for (var dx = -1; dx <= 1; dx++) {
      let column = u32(clamp(i32(x) + dx, 0, i32(shape.width) - 1));
      let weight = exp(-f32(dx * dx + dy * dy) / (2.0 * blur * blur));
      sum += weight * vec4f(light[row * shape.width + column].rgb, 1.0);
    }
  }
  return sum.rgb / sum.w;
}

// One pixel as a word of three bytes.
fn develop(pixel: u32) -> u32 {
  let image_pixels = shape.width * shape.height;
  if (pixel >= shape.images * image_pixels) { return 0u; }
  let image = pixel / image_pixels;
  let place = pixel % image_pixels;
  let photo = photos[image];
  let exposed = blurred(image, place % shape.width, place / shape.width, photo.blur);
  let bright = exposed / (1.0 + 0.15 * exposed); // film's shoulder: highlights don't burn out at once
  let toned = (pow(bright, vec3f(1.0 / photo.gamma)) - 0.5) * photo.contrast + 0.5;
  let seed = hash(photo.seed + place);
  let grain = vec3f(gaussian(seed), gaussian(seed + 1u), gaussian(seed + 2u));
  let rgb = vec3u(255.0 * saturate(toned + photo.noise * grain) + 0.5);
  return rgb.r | rgb.g << 8u | rgb.b << 16u;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let quad = id.x + id.y * groups.x * 64u;
  if (4u * quad >= shape.images * shape.width * shape.height) { return; }
  let a = develop(4u * quad);
  let b = develop(4u * quad + 1u);
  let c = develop(4u * quad + 2u);
  let d = develop(4u * quad + 3u);
  bytes[3u * quad] = a | b << 24u;
  bytes[3u * quad + 1u] = b >> 8u | c << 16u;
  bytes[3u * quad + 2u] = c >> 16u | d << 8u;
}
