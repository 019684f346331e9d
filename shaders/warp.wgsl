// Crops out of photos by affine maps: bilinear, black where a photo ends. Photos and crops are RGB bytes, the
// crops [crops, height, width, 3] without gaps. One invocation makes four pixels, which are three words.

struct Crop {
  first: u32, // byte of the part of a photo that it is taken from
  width: u32, // of that part
  height: u32,
  samples: u32, // along each side of a pixel, of which it is the mean
  across: vec3f, // column in the part = dot(across, (column, row, 1))
  down: vec3f, // row in the part
}
struct Shape {
  pixels: u32, // of all crops
  width: u32,
  crop_pixels: u32,
}
@group(0) @binding(0) var<storage, read> photos: array<u32>;
@group(0) @binding(1) var<storage, read> crops: array<Crop>;
@group(0) @binding(2) var<storage, read_write> out: array<u32>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn tap(crop: u32, x: i32, y: i32) -> vec3f {
  let width = crops[crop].width;
  if (x < 0 || y < 0 || x >= i32(width) || y >= i32(crops[crop].height)) { return vec3f(0.0); }
  let at = crops[crop].first + 3u * (u32(y) * width + u32(x));
  let shift = at % 4u * 8u;
  var rgb = photos[at / 4u] >> shift;
  if (shift > 8u) { rgb |= photos[at / 4u + 1u] << (32u - shift); }
  return vec3f(f32(rgb & 255u), f32((rgb >> 8u) & 255u), f32((rgb >> 16u) & 255u));
}

fn bilinear(crop: u32, place: vec3f) -> vec3f {
  // Far outside all is black alike, and far enough a number would not fit an i32.
  let most = vec2f(f32(crops[crop].width), f32(crops[crop].height)) + 1.0;
  let source = vec2f(dot(crops[crop].across, place), dot(crops[crop].down, place));
  let at = clamp(source, vec2f(-2.0), most);
  let low = floor(at);
  let part = at - low;
  let x = i32(low.x);
  let y = i32(low.y);
  let above = mix(tap(crop, x, y), tap(crop, x + 1, y), part.x);
  let below = mix(tap(crop, x, y + 1), tap(crop, x + 1, y + 1), part.x);
  return mix(above, below, part.y);
}

fn pixel(i: u32) -> u32 {
  let crop = i / shape.crop_pixels;
  let within = i % shape.crop_pixels;
  let corner = vec2f(f32(within % shape.width), f32(within / shape.width));
  let samples = crops[crop].samples;
  var sum = vec3f(0.0);
  for (var j = 0u; j < samples; j++) {
    for (var k = 0u; k < samples; k++) {
      let offset = (vec2f(f32(k), f32(j)) + 0.5) / f32(samples) - 0.5;
      sum += bilinear(crop, vec3f(corner + offset, 1.0));
    }
  }
  let rgb = vec3u(min(sum / f32(samples * samples) + 0.5, vec3f(255.0)));
  return rgb.x | (rgb.y << 8u) | (rgb.z << 16u);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (4u * i >= shape.pixels) { return; }
  var four: array<u32, 4>;
  for (var k = 0u; k < 4u; k++) {
    if (4u * i + k < shape.pixels) { four[k] = pixel(4u * i + k); }
  }
  out[3u * i] = four[0] | (four[1] << 24u);
  out[3u * i + 1u] = (four[1] >> 8u) | (four[2] << 16u);
  out[3u * i + 2u] = (four[2] >> 16u) | (four[3] << 8u);
}
