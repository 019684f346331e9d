// Gradient of a convolution with respect to its input, as an implicit matrix product. Rows are input
// pixels, columns input channels, the depth is the output channels. With stride s an input pixel meets only
// the taps of its own phase (row and column modulo s), so layer z of the dispatch is one phase and its
// segments are that phase's taps: no product with an inserted zero is ever computed. A is the gradient of
// the output, B the weights, read transposed.

struct Pixels {
  base: vec4u, // first vec4 of the pixel's image in A
  y: vec4i,    // output row times stride under the phase's first tap
  x: vec4i,
}

fn phase(z: u32) -> vec2u { return vec2u(z / g.stride, z % g.stride); }
// Input rows (or columns) whose index is `p` modulo the stride.
fn count(extent: u32, p: u32) -> u32 { return (extent + g.stride - 1u - p) / g.stride; }
// The first tap that meets the phase, and how many do.
fn first_tap(z: u32) -> vec2u { return (phase(z) + g.padding) % g.stride; }
fn taps(z: u32) -> vec2u {
  let first = first_tap(z);
  return (vec2u(g.kernel_height, g.kernel_width) + g.stride - 1u - min(first,
    vec2u(g.kernel_height, g.kernel_width) + g.stride - 1u)) / g.stride;
}

fn rows(z: u32) -> u32 {
  return g.batch * count(g.in_height, phase(z).x) * count(g.in_width, phase(z).y);
}
fn cols4() -> u32 { return g.in_channels / 4u; }
fn segments_begin(z: u32) -> u32 { return 0u; }
fn segments_end(z: u32) -> u32 { return taps(z).x * taps(z).y; }
fn depth4(segment: u32) -> u32 { return g.out_channels / 4u; }

// [image, row, column] of a pixel of the phase.
fn locate(pixel: vec4u, z: u32) -> array<vec4u, 3> {
  let p = phase(z);
  let width = count(g.in_width, p.y);
  let height = count(g.in_height, p.x);
  let line = pixel / width;
  let image = line / height;
  return array(image, (line - image * height) * g.stride + p.x, (pixel - line * width) * g.stride + p.y);
}
fn layer_gap() -> u32 { return 0u; }
fn out_row(row: u32, z: u32) -> u32 {
  let at = locate(vec4u(row), z);
  return (at[0].x * g.in_height + at[1].x) * g.in_width + at[2].x;
}

fn rows_begin(row: u32, z: u32) -> Pixels {
  let at = locate(min(row + LANES, vec4u(max(rows(z), 1u) - 1u)), z);
  let first = first_tap(z);
  let y = vec4i(at[1] + g.padding) - i32(first.x);
  let x = vec4i(at[2] + g.padding) - i32(first.y);
  return Pixels(at[0] * g.out_height * g.out_width * (g.out_channels / 4u), y, x);
}
fn rows_segment(pixels: Pixels, segment: u32, z: u32) -> vec4i {
  let across = taps(z).y;
  let down = segment / across;
  let s = i32(g.stride);
  let y = pixels.y / s - i32(down);
  let x = pixels.x / s - i32(segment - down * across);
  let inside = (pixels.y >= vec4i(0)) & (pixels.x >= vec4i(0)) &
    (y >= vec4i(0)) & (y < vec4i(i32(g.out_height))) & (x >= vec4i(0)) & (x < vec4i(i32(g.out_width)));
  let place = vec4i(pixels.base) + (y * i32(g.out_width) + x) * i32(g.out_channels / 4u);
  return select(vec4i(-1), place, inside);
}
fn rows_load(at: vec4i, k: u32) -> mat4x4f { return gather_a(at, k); }

fn cols_begin(col: u32, z: u32) -> u32 { return min(col, cols4() - 1u) * 4u; }
fn cols_segment(channel: u32, segment: u32, z: u32) -> u32 {
  let across = taps(z).y;
  let down = segment / across;
  let tap = first_tap(z) + vec2u(down, segment - down * across) * g.stride;
  return ((tap.x * g.kernel_width + tap.y) * g.in_channels + channel) * (g.out_channels / 4u);
}
fn cols_load(at: u32, k: u32) -> mat4x4f {
  let stride = g.out_channels / 4u;
  let place = at + k;
  return transpose(mat4x4f(b[place], b[place + stride], b[place + 2u * stride], b[place + 3u * stride]));
}
