// Convolution as an implicit matrix product. Rows are output pixels, columns output channels, a segment is
// one tap of the kernel and the depth its input channels. A is the image, B the weights.

struct Pixels {
  base: vec4u, // first vec4 of the pixel's image
  y: vec4i,    // input row under tap 0
  x: vec4i,
}

fn rows(z: u32) -> u32 { return g.batch * g.out_height * g.out_width; }
fn cols4() -> u32 { return g.out_channels / 4u; }
fn segments_begin(z: u32) -> u32 { return 0u; }
fn segments_end(z: u32) -> u32 { return g.kernel_height * g.kernel_width; }
fn depth4(segment: u32) -> u32 { return g.in_channels / 4u; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return 0u; }

fn rows_begin(row: u32, z: u32) -> Pixels {
  let pixel = min(row + LANES, vec4u(rows(z) - 1u));
  let line = pixel / g.out_width;
  let image = line / g.out_height;
  let y = vec4i((line - image * g.out_height) * g.stride) - i32(g.padding);
  let x = vec4i((pixel - line * g.out_width) * g.stride) - i32(g.padding);
  return Pixels(image * g.in_height * g.in_width * (g.in_channels / 4u), y, x);
}
fn rows_segment(pixels: Pixels, tap: u32, z: u32) -> vec4i {
  let tap_y = tap / g.kernel_width;
  let y = pixels.y + i32(tap_y);
  let x = pixels.x + i32(tap - tap_y * g.kernel_width);
  let inside = (y >= vec4i(0)) & (y < vec4i(i32(g.in_height))) &
    (x >= vec4i(0)) & (x < vec4i(i32(g.in_width)));
  let place = vec4i(pixels.base) + (y * i32(g.in_width) + x) * i32(g.in_channels / 4u);
  return select(vec4i(-1), place, inside);
}
fn rows_load(at: vec4i, k: u32) -> mat4x4f { return gather_a(at, k); }

fn cols_begin(col: u32, z: u32) -> u32 { return min(col, cols4() - 1u); }
fn cols_segment(col: u32, tap: u32, z: u32) -> u32 { return tap * g.in_channels * cols4() + col; }
fn cols_load(at: u32, k: u32) -> mat4x4f {
  let stride = cols4();
  let place = at + k * 4u * stride;
  return mat4x4f(b[place], b[place + stride], b[place + 2u * stride], b[place + 3u * stride]);
}
