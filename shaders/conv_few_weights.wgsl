// Gradient of 3 x 3 weights over an image of four channels, the first convolution of a net. The weights are so
// few that an invocation sums all of them for eight output channels in registers, and reads every pixel once;
// layers of the dispatch divide the pixels. Out goes [layers, taps, in, out].

struct Shape {
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  cols4: u32,  // output channels, in vec4
  pixels: u32, // of the output, in the batch
  piece: u32,  // pixels of a layer, a multiple of 4
  stride: u32,
  padding: u32,
}
@group(0) @binding(0) var<storage, read> image: array<Stored>;
@group(0) @binding(1) var<storage, read> gradient: array<StoredB>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

// Four pixels: where their images begin, and the corners of what they see.
var<private> base: vec4u;
var<private> top: vec4i;
var<private> left: vec4i;
// Their gradients, for eight channels.
var<private> low: mat4x4f;
var<private> high: mat4x4f;

struct Sum {
  low: mat4x4f, // a column for each channel of the image
  high: mat4x4f,
}

// a / b for a below 2^22, without the integer division that software adapters do lane by lane.
fn quotient(a: vec4u, b: u32) -> vec4u { return vec4u((vec4f(a) + 0.5) / f32(b)); }

fn begin(first: u32, end: u32, col: u32) {
  let pixel = min(first + vec4u(0u, 1u, 2u, 3u), vec4u(end - 1u));
  let line = quotient(pixel, shape.out_width);
  let number = quotient(line, shape.out_height);
  base = number * shape.in_height * shape.in_width;
  top = vec4i((line - number * shape.out_height) * shape.stride) - i32(shape.padding);
  left = vec4i((pixel - line * shape.out_width) * shape.stride) - i32(shape.padding);
  let at = pixel * shape.cols4 + col;
  let next = at + select(0u, 1u, col + 1u < shape.cols4);
  let inside = first + vec4u(0u, 1u, 2u, 3u) < vec4u(end);
  let none = vec4f();
  low = mat4x4f(
    select(none, vec4f(gradient[at.x]), inside.x), select(none, vec4f(gradient[at.y]), inside.y),
    select(none, vec4f(gradient[at.z]), inside.z), select(none, vec4f(gradient[at.w]), inside.w));
  high = mat4x4f(
    select(none, vec4f(gradient[next.x]), inside.x), select(none, vec4f(gradient[next.y]), inside.y),
    select(none, vec4f(gradient[next.z]), inside.z), select(none, vec4f(gradient[next.w]), inside.w));
}

fn tap(sum: Sum, i: i32, j: i32) -> Sum {
  let y = top + i;
  let x = left + j;
  let inside = (y >= vec4i(0)) & (x >= vec4i(0)) & (y < vec4i(i32(shape.in_height))) &
    (x < vec4i(i32(shape.in_width)));
  let at = select(vec4u(0u), base + vec4u(y * i32(shape.in_width) + x), inside);
  let none = vec4f();
  let seen = transpose(mat4x4f(
    select(none, vec4f(image[at.x]), inside.x), select(none, vec4f(image[at.y]), inside.y),
    select(none, vec4f(image[at.z]), inside.z), select(none, vec4f(image[at.w]), inside.w)));
  return Sum(sum.low + low * seen, sum.high + high * seen);
}

fn either(second: bool, a: Sum, b: Sum) -> Sum {
  return Sum(
    mat4x4f(select(a.low[0], b.low[0], second), select(a.low[1], b.low[1], second),
      select(a.low[2], b.low[2], second), select(a.low[3], b.low[3], second)),
    mat4x4f(select(a.high[0], b.high[0], second), select(a.high[1], b.high[1], second),
      select(a.high[2], b.high[2], second), select(a.high[3], b.high[3], second)));
}
fn channel(sums: mat4x4f, i: u32) -> vec4f {
  return select(select(sums[0], sums[1], i == 1u), select(sums[2], sums[3], i == 3u), i >= 2u);
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let col = (group.x * 8u + local.x) * 2u;
  let first = group.y * shape.piece;
  let end = min(first + shape.piece, shape.pixels);
  var a = Sum(); var b = Sum(); var c = Sum();
  var d = Sum(); var e = Sum(); var f = Sum();
  var g = Sum(); var h = Sum(); var i = Sum();
  // `~local.x` is no smaller than any count, and keeps the end from being compiled in.
  for (var pixel = first; pixel < min(end, ~local.x); pixel += 4u) {
    begin(pixel, end, min(col, shape.cols4 - 1u));
    a = tap(a, 0, 0); b = tap(b, 0, 1); c = tap(c, 0, 2);
    d = tap(d, 1, 0); e = tap(e, 1, 1); f = tap(f, 1, 2);
    g = tap(g, 2, 0); h = tap(h, 2, 1); i = tap(i, 2, 2);
  }
  // One copy of the stores, and no branches, which would keep all sums under masks.
  for (var row = 0u; row < min(36u, ~local.x); row++) {
    let at = row / 4u;
    var sum = either(at == 1u, a, b);
    sum = either(at == 2u, sum, c); sum = either(at == 3u, sum, d); sum = either(at == 4u, sum, e);
    sum = either(at == 5u, sum, f); sum = either(at == 6u, sum, g); sum = either(at == 7u, sum, h);
    sum = either(at == 8u, sum, i);
    let to = (group.y * 36u + row) * shape.cols4 + col;
    if (col < shape.cols4) { parts[to] = channel(sum.low, row % 4u); }
    if (col + 1u < shape.cols4) { parts[to + 1u] = channel(sum.high, row % 4u); }
  }
}
