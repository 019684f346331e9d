// Gradient of a convolution with respect to its weights, as an implicit matrix product. Rows are (tap,
// input channel), columns output channels, the depth is the output pixels. A segment is a band of output
// rows of one image; layer z of the dispatch sums `split` segments into its own part, and the parts are
// added afterwards. A is the image, B the gradient of the output.

struct Tap {
  channel4: u32,
  y: i32, // the tap's offset from the output pixel times stride
  x: i32,
}
struct Band {
  base: u32,  // first vec4 of the image in A, at the tap's channels
  first: u32, // first output pixel of the band within its image
  pixels: u32,
  y: i32,
  x: i32,
}

fn rows(z: u32) -> u32 { return g.kernel_height * g.kernel_width * g.in_channels; }
fn cols4() -> u32 { return g.out_channels / 4u; }
fn segments_begin(z: u32) -> u32 { return z * g.split; }
fn segments_end(z: u32) -> u32 { return min((z + 1u) * g.split, g.batch * g.bands); }
fn band_pixels(segment: u32) -> u32 {
  let first = (segment % g.bands) * g.band_pixels;
  return min(g.band_pixels, g.out_height * g.out_width - first);
}
fn depth4(segment: u32) -> u32 { return (band_pixels(segment) + 3u) / 4u; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return 0u; }

fn rows_begin(row: u32, z: u32) -> Tap {
  let clamped = min(row, rows(z) - 4u);
  let tap = clamped / g.in_channels;
  let tap_y = tap / g.kernel_width;
  return Tap((clamped - tap * g.in_channels) / 4u, i32(tap_y) - i32(g.padding),
    i32(tap - tap_y * g.kernel_width) - i32(g.padding));
}
fn rows_segment(tap: Tap, segment: u32, z: u32) -> Band {
  let image = segment / g.bands;
  let base = image * g.in_height * g.in_width * (g.in_channels / 4u) + tap.channel4;
  return Band(base, (segment % g.bands) * g.band_pixels, band_pixels(segment), tap.y, tap.x);
}
fn rows_load(band: Band, k: u32) -> mat4x4f {
  let pixel = k * 4u + LANES;
  let at = band.first + pixel;
  let line = quotient(at, g.out_width);
  let y = vec4i(line * g.stride) + band.y;
  let x = vec4i((at - line * g.out_width) * g.stride) + band.x;
  let inside = (pixel < vec4u(band.pixels)) & (y >= vec4i(0)) & (y < vec4i(i32(g.in_height))) &
    (x >= vec4i(0)) & (x < vec4i(i32(g.in_width)));
  let place = i32(band.base) + (y * i32(g.in_width) + x) * i32(g.in_channels / 4u);
  return transpose(gather_a(select(vec4i(-1), place, inside), 0u));
}

fn cols_begin(col: u32, z: u32) -> u32 { return min(col, cols4() - 1u); }
fn cols_segment(col: u32, segment: u32, z: u32) -> vec2u {
  let first = (segment / g.bands) * g.out_height * g.out_width + (segment % g.bands) * g.band_pixels;
  return vec2u(first * cols4() + col, band_pixels(segment) - 1u);
}
fn cols_load(at: vec2u, k: u32) -> mat4x4f {
  let place = at.x + min(k * 4u + LANES, vec4u(at.y)) * cols4();
  return mat4x4f(vec4f(b[place.x]), vec4f(b[place.y]), vec4f(b[place.z]), vec4f(b[place.w]));
}
