// deno-fmt-ignore-file
// Generated from shaders/*.wgsl by `deno task wgsl`; edit those files, never this one.

/** The text of `shaders/accumulate.wgsl`. */
export const accumulate: string = `// out += a, four at a time, each stored as it is (Stored, StoredOut). Ranges are whole vec4; what follows the last value is nobody's.

@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read_write> out: array<StoredOut>;
@group(1) @binding(0) var<uniform> size4: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i < size4) { out[i] = StoredOut(vec4f(out[i]) + vec4f(a[i])); }
}
`;

/** The text of `shaders/add_scaled_rows.wgsl`. */
export const addScaledRows: string = `// out[i, :] += factors[first_factor + i] * x[i, :]: the part of a gradient that lies along its variable.

struct Shape {
  size4: u32,
  cols4: u32,
  first_factor: u32,
}
@group(0) @binding(0) var<storage, read> factors: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i < shape.size4) { out[i] += factors[shape.first_factor + i / shape.cols4] * x[i]; }
}
`;

/** The text of `shaders/candidates.wgsl`. */
export const candidates: string = `// Collects the places where a probability is above a threshold: of each its number, and the four numbers that
// go with it. In no particular order; what does not fit the list is only counted. One invocation a place.

struct Candidate {
  place: u32,
  group: u32, // what the caller knows this dispatch by
  probability: f32,
  spare: f32,
  regression: vec4f,
}
struct Shape {
  places: u32,
  group: u32,
  threshold: f32,
}
@group(0) @binding(0) var<storage, read> probability: array<f32>;
@group(0) @binding(1) var<storage, read> regression: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> count: atomic<u32>;
@group(0) @binding(3) var<storage, read_write> list: array<Candidate>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.places || !(probability[i] > shape.threshold)) { return; }
  let at = atomicAdd(&count, 1u);
  if (at < arrayLength(&list)) {
    list[at] = Candidate(i, shape.group, probability[i], 0.0, regression[i]);
  }
}
`;

/** The text of `shaders/capped_loss.wgsl`. */
export const cappedLoss: string = `const LOWEST = -3.4028234e38;

// The loss at which the target's probability is the smallest normal f32, as in Caffe: -ln(FLT_MIN).
const LARGEST_LOSS = 87.3365478515625;

// min() may drop a NaN, and so may a comparison under fast arithmetic; its bits tell.
fn capped_loss(loss: f32) -> f32 {
  let is_nan = (bitcast<u32>(loss) & 0x7fffffffu) > 0x7f800000u;
  return select(min(loss, LARGEST_LOSS), loss, is_nan);
}
`;

/** The text of `shaders/class_block_narrow.wgsl`. */
export const classBlockNarrow: string = `// What an invocation holds of a row: four values. GPUs want neighbours to load neighbours, and few registers.
alias Block = vec4f;
`;

/** The text of `shaders/class_block_wide.wgsl`. */
export const classBlockWide: string = `// What an invocation holds of a row: sixteen values. A rasteriser loads lane by lane, and has room.
alias Block = mat4x4f;
`;

/** The text of `shaders/class_gradients.wgsl`. */
export const classGradients: string = `// The counterpart of class_products: from delta, the gradient by each product, both gradients of eight samples
// in one pass over the class weights.
//   dw[class]   sum over the samples of delta * x, plus along[class] * w with TANGENT
//   dx          partial sums over each piece of the classes, [pieces, samples, features]
// CAFFE puts the gradient by the target's score alone in the place of the target's delta, for dw. Linked
// with class_block_narrow.wgsl or class_block_wide.wgsl.

struct Shape {
  classes: u32,
  blocks: u32, // in a row
  piece: u32, // classes of an invocation
  batch: u32,
  first_sample: u32, // a multiple of 8
  quads: u32, // vec4 in a row of delta
  first_class: u32,
  first_piece: u32,
}
@group(0) @binding(0) var<storage, read> w: array<Block>;
@group(0) @binding(1) var<storage, read> x: array<Block>;
@group(0) @binding(2) var<storage, read> delta: array<vec4f>; // [classes, samples]
@group(0) @binding(3) var<storage, read> along: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<vec4u>;
@group(0) @binding(5) var<storage, read> gradients: array<vec4f>; // see margin_finish
@group(0) @binding(6) var<storage, read_write> dw: array<Block>;
@group(0) @binding(7) var<storage, read_write> dx: array<Block>;
@group(1) @binding(0) var<uniform> shape: Shape;

// Zero past the batch.
fn feature(i: u32, block: u32) -> Block {
  let sample = shape.first_sample + i;
  if (sample < shape.batch) { return x[sample * shape.blocks + block]; }
  return Block();
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = id.x % shape.blocks;
  let piece = id.x / shape.blocks;
  let first = piece * shape.piece;
  if (first >= shape.classes) { return; }
  let x0 = feature(0u, block); var a0 = Block();
  let x1 = feature(1u, block); var a1 = Block();
  let x2 = feature(2u, block); var a2 = Block();
  let x3 = feature(3u, block); var a3 = Block();
  let x4 = feature(4u, block); var a4 = Block();
  let x5 = feature(5u, block); var a5 = Block();
  let x6 = feature(6u, block); var a6 = Block();
  let x7 = feature(7u, block); var a7 = Block();
  let q = shape.first_sample / 4u;
  let both = q + 1u < shape.quads;
  let q1 = select(q, q + 1u, both);
  let labels0 = labels[q];
  let labels1 = labels[q1];
  let plain0 = gradients[2u * shape.quads + q]; // by the target's score alone
  let plain1 = gradients[2u * shape.quads + q1];

  let end = min(first + shape.piece, shape.classes);
  for (var j = first; j < end; j++) {
    let at = j * shape.blocks + block;
    let row = w[at];
    var d0 = delta[j * shape.quads + q];
    var d1 = vec4f();
    if (both) { d1 = delta[j * shape.quads + q1]; }
    a0 += row * d0.x; a1 += row * d0.y; a2 += row * d0.z; a3 += row * d0.w;
    a4 += row * d1.x; a5 += row * d1.y; a6 += row * d1.z; a7 += row * d1.w;
    if (CAFFE) {
      let identity = vec4u(shape.first_class + j);
      d0 = select(d0, plain0, labels0 == identity);
      if (both) { d1 = select(d1, plain1, labels1 == identity); }
    }
    var gradient = x0 * d0.x + x1 * d0.y + x2 * d0.z + x3 * d0.w +
      (x4 * d1.x + x5 * d1.y + x6 * d1.z + x7 * d1.w);
    if (TANGENT) { gradient += row * along[j]; }
    if (ACCUMULATE) { gradient += dw[at]; }
    dw[at] = gradient;
  }

  let count = min(shape.batch - shape.first_sample, 8u);
  let out = (shape.first_piece + piece) * count * shape.blocks + block;
  dx[out] = a0;
  if (count > 1u) { dx[out + shape.blocks] = a1; }
  if (count > 2u) { dx[out + 2u * shape.blocks] = a2; }
  if (count > 3u) { dx[out + 3u * shape.blocks] = a3; }
  if (count > 4u) { dx[out + 4u * shape.blocks] = a4; }
  if (count > 5u) { dx[out + 5u * shape.blocks] = a5; }
  if (count > 6u) { dx[out + 6u * shape.blocks] = a6; }
  if (count > 7u) { dx[out + 7u * shape.blocks] = a7; }
}
`;

/** The text of `shaders/class_products.wgsl`. */
export const classProducts: string = `// Inner products of class weights with up to eight features, for rasterisers that emulate workgroups and
// load lane by lane: every weight is loaded once. An invocation holds one block of 32 values of each feature
// in registers and walks over a piece of the classes; margin_scores adds the blocks up. Out go
//   parts[class, block]     eight partial products, as two vec4
//   squares[class, block]   the block's share of |w|^2, with SQUARES

struct Shape {
  classes: u32,
  blocks: u32, // of 32 values in a row
  piece: u32, // classes of an invocation
  batch: u32,
  first_sample: u32,
}
struct Block {
  low: mat4x4f,
  high: mat4x4f,
}
@group(0) @binding(0) var<storage, read> w: array<Block>;
@group(0) @binding(1) var<storage, read> x: array<Block>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

// Zero past the batch.
fn feature(i: u32, block: u32) -> Block {
  let sample = shape.first_sample + i;
  if (sample < shape.batch) { return x[sample * shape.blocks + block]; }
  return Block();
}

fn inner(a: Block, b: Block) -> f32 {
  let s = a.low[0] * b.low[0] + a.low[1] * b.low[1] + a.low[2] * b.low[2] + a.low[3] * b.low[3] +
    a.high[0] * b.high[0] + a.high[1] * b.high[1] + a.high[2] * b.high[2] + a.high[3] * b.high[3];
  return s.x + s.y + s.z + s.w;
}

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = id.x % shape.blocks;
  let first = id.x / shape.blocks * shape.piece;
  if (first >= shape.classes) { return; }
  let x0 = feature(0u, block);
  let x1 = feature(1u, block);
  let x2 = feature(2u, block);
  let x3 = feature(3u, block);
  let x4 = feature(4u, block);
  let x5 = feature(5u, block);
  let x6 = feature(6u, block);
  let x7 = feature(7u, block);
  let end = min(first + shape.piece, shape.classes);
  for (var j = first; j < end; j++) {
    let at = j * shape.blocks + block;
    let row = w[at];
    parts[2u * at] = vec4f(inner(row, x0), inner(row, x1), inner(row, x2), inner(row, x3));
    parts[2u * at + 1u] = vec4f(inner(row, x4), inner(row, x5), inner(row, x6), inner(row, x7));
    if (SQUARES) { squares[at] = inner(row, row); }
  }
}
`;

/** The text of `shaders/column_sums.wgsl`. */
export const columnSums: string = `// Sums over bands of rows: out[band, col] = sum of a[row, col] over the band's rows. The bands are added
// up by sum_parts.

struct Shape {
  rows: u32,
  cols4: u32,
  band: u32, // rows in a band
}
@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let first = id.y * shape.band;
  if (id.x >= shape.cols4 || first >= shape.rows) { return; }
  let end = min(first + shape.band, shape.rows);
  var sum = vec4f();
  for (var row = first; row < end; row++) { sum += vec4f(a[row * shape.cols4 + id.x]); }
  out[id.y * shape.cols4 + id.x] = sum;
}
`;

/** The text of `shaders/columns.wgsl`. */
export const columns: string = `// Copies columns of a matrix: out[row, i] = x[row, first + i], and zero where x has no such column. With a
// \`first\` that wraps below zero the copy stands further right in \`out\`.

struct Shape {
  size: u32,  // of the output
  given: u32, // columns of x
  taken: u32, // columns of the output
  first: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size) { return; }
  let row = i / shape.taken;
  let column = i - row * shape.taken + shape.first;
  let inside = column < shape.given;
  out[i] = select(0.0, x[row * shape.given + select(0u, column, inside)], inside);
}
`;

/** The text of `shaders/conv_few_weights.wgsl`. */
export const convFewWeights: string = `// Gradient of 3 x 3 weights over an image of four channels, the first convolution of a net. The weights are so
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
  // \`~local.x\` is no smaller than any count, and keeps the end from being compiled in.
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
`;

/** The text of `shaders/conv_pool.wgsl`. */
export const convPool: string = `// A 3 x 3 convolution of four input channels, bias, PReLU and 2 x 2 max pooling in one pass, for images without
// padding. Each invocation computes two rows of sixteen pixels for four output channels and keeps the largest of each
// square: what a rasteriser would spend its time on is to load and to store. Where a square reaches over the border,
// what lies inside counts.

struct Geometry {
  items: u32,       // tiles of all images
  tiles: u32,       // in a row of squares
  in_height: u32,
  in_width: u32,
  pool_height: u32,
  pool_width: u32,
  cols4: u32,       // output channels, in vec4
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> g: Geometry;

fn weights(at: u32) -> mat4x4f {
  return mat4x4f(w[at], w[at + g.cols4], w[at + 2u * g.cols4], w[at + 3u * g.cols4]);
}

struct Store {
  bias: vec4f,
  slope: vec4f,
  below: bool, // whether the second row lies inside
  inside: u32, // pixels of a row that do
  first: u32,  // the first square's place
}

fn activate(value: vec4f, to: Store) -> vec4f {
  let a = value + to.bias;
  return max(a, vec4f()) + to.slope * min(a, vec4f());
}

// The larger of two, where the second counts.
fn larger(a: vec4f, b: vec4f, counts: bool) -> vec4f { return select(a, max(a, b), counts); }

// Two squares of a block, from two rows of four pixels.
fn put(upper: mat4x4f, lower: mat4x4f, block: u32, to: Store) {
  for (var i = 0u; i < 2u; i++) {
    let pixel = block * 4u + i * 2u;
    if (pixel >= to.inside) { return; }
    let second = pixel + 1u < to.inside;
    let one = i == 1u;
    let a = activate(select(upper[0], upper[2], one), to);
    let b = activate(select(upper[1], upper[3], one), to);
    let c = activate(select(lower[0], lower[2], one), to);
    let d = activate(select(lower[1], lower[3], one), to);
    let largest = larger(larger(a, b, second), larger(c, d, second), to.below);
    y[to.first + pixel / 2u * g.cols4] = largest;
  }
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32,
    @builtin(num_workgroups) groups: vec3u) {
  let item = (group.x + group.y * groups.x) * 8u + lane;
  if (item >= g.items) { return; }
  let line = item / g.tiles; // of squares, in all images
  let left = (item - line * g.tiles) * 16u;
  let image = line / g.pool_height;
  let top = (line - image * g.pool_height) * 2u;
  let col = group.z;
  var c0 = mat4x4f(); var c1 = mat4x4f(); var c2 = mat4x4f(); var c3 = mat4x4f();
  var d0 = mat4x4f(); var d1 = mat4x4f(); var d2 = mat4x4f(); var d3 = mat4x4f();
  // Never less than 3: a loop that the compiler does not unroll.
  let limit = max(3u, group.z >> 31u);
  for (var tap_y = 0u; tap_y < limit; tap_y++) {
    let up = (image * g.in_height + top + tap_y) * g.in_width + left;
    let down = up + g.in_width;
    let tap = tap_y * 12u * g.cols4 + col;
    let b0 = weights(tap);
    let b1 = weights(tap + 4u * g.cols4);
    let b2 = weights(tap + 8u * g.cols4);
    {
      let v0 = x[up];
      let v1 = x[up + 1u];
      let v2 = x[up + 2u];
      let v3 = x[up + 3u];
      let v4 = x[up + 4u];
      let v5 = x[up + 5u];
      let v6 = x[up + 6u];
      let v7 = x[up + 7u];
      let v8 = x[up + 8u];
      let v9 = x[up + 9u];
      let v10 = x[up + 10u];
      let v11 = x[up + 11u];
      let v12 = x[up + 12u];
      let v13 = x[up + 13u];
      let v14 = x[up + 14u];
      let v15 = x[up + 15u];
      let v16 = x[up + 16u];
      let v17 = x[up + 17u];
      c0 += b0 * mat4x4f(v0, v1, v2, v3);
      c0 += b1 * mat4x4f(v1, v2, v3, v4);
      c0 += b2 * mat4x4f(v2, v3, v4, v5);
      c1 += b0 * mat4x4f(v4, v5, v6, v7);
      c1 += b1 * mat4x4f(v5, v6, v7, v8);
      c1 += b2 * mat4x4f(v6, v7, v8, v9);
      c2 += b0 * mat4x4f(v8, v9, v10, v11);
      c2 += b1 * mat4x4f(v9, v10, v11, v12);
      c2 += b2 * mat4x4f(v10, v11, v12, v13);
      c3 += b0 * mat4x4f(v12, v13, v14, v15);
      c3 += b1 * mat4x4f(v13, v14, v15, v16);
      c3 += b2 * mat4x4f(v14, v15, v16, v17);
    }
    {
      let v0 = x[down];
      let v1 = x[down + 1u];
      let v2 = x[down + 2u];
      let v3 = x[down + 3u];
      let v4 = x[down + 4u];
      let v5 = x[down + 5u];
      let v6 = x[down + 6u];
      let v7 = x[down + 7u];
      let v8 = x[down + 8u];
      let v9 = x[down + 9u];
      let v10 = x[down + 10u];
      let v11 = x[down + 11u];
      let v12 = x[down + 12u];
      let v13 = x[down + 13u];
      let v14 = x[down + 14u];
      let v15 = x[down + 15u];
      let v16 = x[down + 16u];
      let v17 = x[down + 17u];
      d0 += b0 * mat4x4f(v0, v1, v2, v3);
      d0 += b1 * mat4x4f(v1, v2, v3, v4);
      d0 += b2 * mat4x4f(v2, v3, v4, v5);
      d1 += b0 * mat4x4f(v4, v5, v6, v7);
      d1 += b1 * mat4x4f(v5, v6, v7, v8);
      d1 += b2 * mat4x4f(v6, v7, v8, v9);
      d2 += b0 * mat4x4f(v8, v9, v10, v11);
      d2 += b1 * mat4x4f(v9, v10, v11, v12);
      d2 += b2 * mat4x4f(v10, v11, v12, v13);
      d3 += b0 * mat4x4f(v12, v13, v14, v15);
      d3 += b1 * mat4x4f(v13, v14, v15, v16);
      d3 += b2 * mat4x4f(v14, v15, v16, v17);
    }
  }
  let to = Store(bias[col], slope[col], top + 3u < g.in_height, min(g.in_width - 2u - left, 16u),
    (line * g.pool_width + left / 2u) * g.cols4 + col);
  put(c0, d0, 0u, to);
  put(c1, d1, 1u, to);
  put(c2, d2, 2u, to);
  put(c3, d3, 3u, to);
}
`;

/** The text of `shaders/difference.wgsl`. */
export const difference: string = `// For each invocation the sum of squared differences of two ranges, and of squared expected values. What is not
// finite counts as a difference beyond any bound, by its bits: an adapter's arithmetic may know no NaN.

struct Shape {
  size4: u32,
}
@group(0) @binding(0) var<storage, read> expected: array<Stored>;
@group(0) @binding(1) var<storage, read> actual: array<Stored>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec2f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  const EXPONENT = vec4u(0x7f800000u);
  var sum = vec2f();
  var finite = true;
  for (var i = id.x; i < shape.size4; i += groups.x * 64u) {
    let wanted = vec4f(expected[i]);
    let found = vec4f(actual[i]);
    let difference = found - wanted;
    sum += vec2f(dot(difference, difference), dot(wanted, wanted));
    finite = finite && all((bitcast<vec4u>(found) & EXPONENT) != EXPONENT);
  }
  sums[id.x] = vec2f(select(1e30, sum.x, finite), sum.y);
}
`;

/** The text of `shaders/doctor_f16.wgsl`. */
export const doctorF16: string = `// The known answer of doctor_f32.wgsl with f16 as storage and f32 as accumulator, the only way the
// engine uses f16. The sums stay below 2048, up to which f16 holds every whole number.

enable f16;

@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read> b: array<f16>;
@group(0) @binding(2) var<storage, read_write> product: array<f16>;

const SIZE = 32u;
const TILE = 8u;

var<workgroup> tile_a: array<f16, 64>;
var<workgroup> tile_b: array<f16, 64>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(global_invocation_id) place: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let slot = local.y * TILE + local.x;
  var sum = 0.0;
  for (var k = 0u; k < SIZE; k += TILE) {
    tile_a[slot] = a[place.y * SIZE + k + local.x];
    tile_b[slot] = b[(k + local.y) * SIZE + place.x];
    workgroupBarrier();
    for (var i = 0u; i < TILE; i++) {
      sum += f32(tile_a[local.y * TILE + i]) * f32(tile_b[i * TILE + local.x]);
    }
    workgroupBarrier();
  }
  product[place.y * SIZE + place.x] = f16(sum);
}
`;

/** The text of `shaders/doctor_f32.wgsl`. */
export const doctorF32: string = `// A known answer: the 32x32 matrix product of small whole numbers, which f32 holds exactly, through
// tiles in workgroup memory and barriers as the engine's kernels use them.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;

const SIZE = 32u;
const TILE = 8u;

var<workgroup> tile_a: array<f32, 64>;
var<workgroup> tile_b: array<f32, 64>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(global_invocation_id) place: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let slot = local.y * TILE + local.x;
  var sum = 0.0;
  for (var k = 0u; k < SIZE; k += TILE) {
    tile_a[slot] = a[place.y * SIZE + k + local.x];
    tile_b[slot] = b[(k + local.y) * SIZE + place.x];
    workgroupBarrier();
    for (var i = 0u; i < TILE; i++) {
      sum += tile_a[local.y * TILE + i] * tile_b[i * TILE + local.x];
    }
    workgroupBarrier();
  }
  product[place.y * SIZE + place.x] = sum;
}
`;

/** The text of `shaders/elementwise.wgsl`. */
export const elementwise: string = `// out = f(a, b) for each element, where b has a's shape (B_FORM 0), one value for each last index (1), or
// a single value (2). Each is stored in its own type. Unary operations ignore b; the constants p and q belong to those that take numbers.

struct Shape {
  size4: u32,
  cols4: u32,
  p: f32,
  q: f32,
}
@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read> b: array<StoredB>;
@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn operand(i: u32) -> vec4f {
  switch (B_FORM) {
    case 1u: { return vec4f(b[i % shape.cols4]); }
    case 2u: { return vec4f(f32(b[0].x)); }
    default: { return vec4f(b[i]); }
  }
}

fn f(x: vec4f, y: vec4f) -> vec4f {
  switch (OPERATION) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    case 2u: { return x * y; }
    case 3u: { return x / y; }
    case 4u: { return shape.p * x + shape.q; }
    case 5u: { return exp(x); }
    case 6u: { return log(x); }
    case 7u: { return sqrt(x); }
    case 8u: { return select(vec4f(), x, y > vec4f()); } // x where y is positive
    case 9u: { return -x * y; }
    default: { return x; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i < shape.size4) { out[i] = StoredOut(f(vec4f(a[i]), operand(i))); }
}
`;

/** The text of `shaders/epilogue_bias.wgsl`. */
export const epilogueBias: string = `// Stores a product plus one bias for each column.

@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  out[out_row(row, z) * cols4() + col] = StoredOut(value + bias[col]);
}
`;

/** The text of `shaders/epilogue_prelu.wgsl`. */
export const epiloguePrelu: string = `// Stores PReLU(product + bias) + residual. A range that a kernel does without (HAS_BIAS, HAS_RESIDUAL) is
// bound to some other one and never read.

@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> slope: array<vec4f>;
@group(0) @binding(5) var<storage, read> residual: array<StoredOut>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  let at = out_row(row, z) * cols4() + col;
  var a = value;
  if (HAS_BIAS) { a += bias[col]; }
  keep(at, a);
  var y = max(a, vec4f()) + slope[col] * min(a, vec4f());
  if (HAS_RESIDUAL) { y += vec4f(residual[at]); }
  out[at] = StoredOut(y);
}
`;

/** The text of `shaders/epilogue_prelu_forget.wgsl`. */
export const epiloguePreluForget: string = `// Inference needs no pre-activation.

fn keep(at: u32, a: vec4f) {}
`;

/** The text of `shaders/epilogue_prelu_keep.wgsl`. */
export const epiloguePreluKeep: string = `// Training keeps the pre-activation: with a slope that may be negative the output alone does not tell on
// which side of zero it was.

@group(0) @binding(6) var<storage, read_write> pre_activation: array<StoredOut>;

fn keep(at: u32, a: vec4f) { pre_activation[at] = StoredOut(a); }
`;

/** The text of `shaders/epilogue_store.wgsl`. */
export const epilogueStore: string = `// Stores a product as it is, or adds it to what stands there (ACCUMULATE), or keeps the layers of the
// dispatch apart as [layers, rows, cols] (PARTS).

@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  var at = out_row(row, z) * cols4() + col;
  if (PARTS) { at += z * (rows(z) * cols4() + layer_gap()); }
  if (ACCUMULATE) {
    out[at] = StoredOut(vec4f(out[at]) + value);
  } else {
    out[at] = StoredOut(value);
  }
}
`;

/** The text of `shaders/face_windows.wgsl`. */
export const faceWindows: string = `// The last layer of MTCNN's first net at every window: from features [windows, channels] and weights
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
`;

/** The text of `shaders/finish.wgsl`. */
export const finish: string = `// Passes a finished product through an epilogue, where the product's own kernel did not.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> product: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn rows(z: u32) -> u32 { return shape.rows; }
fn cols4() -> u32 { return shape.cols4; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return 0u; }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let row = i / shape.cols4;
  if (row < shape.rows) { store(row, i - row * shape.cols4, 0u, product[i]); }
}
`;

/** The text of `shaders/gemm_plain.wgsl`. */
export const gemmPlain: string = `// The plain form of a matrix product: one 4 x 4 block of outputs for each invocation, nothing shared. It is
// what the faster forms are proven against and measured beside. See gemm_registers.wgsl for the linking.

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y * 4u;
  let col = id.x; // in vec4
  if (row >= rows(id.z) || col >= cols4()) { return; }
  let rows_state = rows_begin(row, id.z);
  let cols_state = cols_begin(col, id.z);
  var c = mat4x4f();
  for (var segment = segments_begin(id.z); segment < segments_end(id.z); segment++) {
    let a_rows = rows_segment(rows_state, segment, id.z);
    let b_cols = cols_segment(cols_state, segment, id.z);
    for (var k = 0u; k < depth4(segment); k++) {
      c += cols_load(b_cols, k) * rows_load(a_rows, k);
    }
  }
  for (var i = 0u; i < 4u; i++) {
    if (row + i < rows(id.z)) { store(row + i, col, id.z, c[i]); }
  }
}
`;

/** The text of `shaders/gemm_registers.wgsl`. */
export const gemmRegisters: string = `// A tile of a matrix product held in registers: each invocation computes 8 x 8 outputs as four 4 x 4
// blocks and loads its operands straight from storage. No workgroup memory, no barriers: the fastest form
// where a rasteriser emulates workgroups, and the simplest everywhere.
//
// A \`mat4x4f\` holds a block by rows: column i of the type is row i of the block. For two such blocks the
// product A B is written \`b * a\`.
//
// Linked with an operand file (rows_begin, cols_begin, *_segment, *_load, the extents) and an epilogue
// file (store). WG_X and WG_Y are the workgroup's invocations along columns and rows.

@compute @workgroup_size(WG_X, WG_Y)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = (group.y * WG_Y + local.y) * 8u;
  let col = group.x * WG_X * 2u + local.x; // in vec4
  let row_limit = rows(group.z);
  if (row >= row_limit || col >= cols4()) { return; }

  let rows0 = rows_begin(row, group.z);
  let rows1 = rows_begin(row + 4u, group.z);
  let cols0 = cols_begin(col, group.z);
  let cols1 = cols_begin(col + WG_X, group.z);

  var c00 = mat4x4f();
  var c01 = mat4x4f();
  var c10 = mat4x4f();
  var c11 = mat4x4f();
  let segment_limit = segments_end(group.z);
  for (var segment = segments_begin(group.z); segment < segment_limit; segment++) {
    let a_rows0 = rows_segment(rows0, segment, group.z);
    let a_rows1 = rows_segment(rows1, segment, group.z);
    let b_cols0 = cols_segment(cols0, segment, group.z);
    let b_cols1 = cols_segment(cols1, segment, group.z);
    // Never less than the depth. Were the limit a uniform and nothing else, Mesa's lavapipe would compile the
    // kernel anew for each value that it meets.
    let depth_limit = min(depth4(segment), ~row);
    for (var k = 0u; k < depth_limit; k++) {
      let b0 = cols_load(b_cols0, k);
      let b1 = cols_load(b_cols1, k);
      let a0 = rows_load(a_rows0, k);
      c00 += b0 * a0;
      c01 += b1 * a0;
      let a1 = rows_load(a_rows1, k);
      c10 += b0 * a1;
      c11 += b1 * a1;
    }
  }

  for (var i = 0u; i < 4u; i++) {
    if (row + i < row_limit) {
      store(row + i, col, group.z, c00[i]);
      if (col + WG_X < cols4()) { store(row + i, col + WG_X, group.z, c01[i]); }
    }
    if (row + 4u + i < row_limit) {
      store(row + 4u + i, col, group.z, c10[i]);
      if (col + WG_X < cols4()) { store(row + 4u + i, col + WG_X, group.z, c11[i]); }
    }
  }
}
`;

/** The text of `shaders/gemm_registers_lanes.wgsl`. */
export const gemmRegistersLanes: string = `// What the tiles of gemm_registers_wide.wgsl and gemm_registers_tall.wgsl share. Eight invocations fill a SIMD
// unit; as many of them lie along columns as there are columns for, the others along rows.

fn across() -> u32 {
  if (cols4() > 16u) { return 8u; }
  if (cols4() > 8u) { return 4u; }
  return select(1u, 2u, cols4() > 4u);
}

// By selection: branches would move all blocks under masks.
fn pick(other: bool, a: mat4x4f, b: mat4x4f) -> mat4x4f {
  return mat4x4f(select(a[0], b[0], other), select(a[1], b[1], other), select(a[2], b[2], other),
    select(a[3], b[3], other));
}

// Row i of a block.
fn line(c: mat4x4f, i: u32) -> vec4f {
  return select(select(c[0], c[1], i == 1u), select(c[2], c[3], i == 3u), i >= 2u);
}

fn put(row: u32, col: u32, z: u32, value: vec4f) {
  if (col < cols4()) { store(row, col, z, value); }
}
`;

/** The text of `shaders/gemm_registers_tall.wgsl`. */
export const gemmRegistersTall: string = `// The tile of gemm_registers_wide.wgsl with 32 x 16 outputs for each invocation: a quarter fewer loads again, for
// products with many rows. It takes three times as long to compile.

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let step = across();
  let row = (group.y * (8u / step) + local.x / step) * 32u;
  let col = group.x * step * 4u + local.x % step; // in vec4
  if (row >= rows(group.z) || col >= cols4()) { return; }

  let rows0 = rows_begin(row + 0u, group.z);
  let rows1 = rows_begin(row + 4u, group.z);
  let rows2 = rows_begin(row + 8u, group.z);
  let rows3 = rows_begin(row + 12u, group.z);
  let rows4 = rows_begin(row + 16u, group.z);
  let rows5 = rows_begin(row + 20u, group.z);
  let rows6 = rows_begin(row + 24u, group.z);
  let rows7 = rows_begin(row + 28u, group.z);
  let cols0 = cols_begin(col + 0u * step, group.z);
  let cols1 = cols_begin(col + 1u * step, group.z);
  let cols2 = cols_begin(col + 2u * step, group.z);
  let cols3 = cols_begin(col + 3u * step, group.z);

  var c00 = mat4x4f(); var c01 = mat4x4f(); var c02 = mat4x4f(); var c03 = mat4x4f();
  var c10 = mat4x4f(); var c11 = mat4x4f(); var c12 = mat4x4f(); var c13 = mat4x4f();
  var c20 = mat4x4f(); var c21 = mat4x4f(); var c22 = mat4x4f(); var c23 = mat4x4f();
  var c30 = mat4x4f(); var c31 = mat4x4f(); var c32 = mat4x4f(); var c33 = mat4x4f();
  var c40 = mat4x4f(); var c41 = mat4x4f(); var c42 = mat4x4f(); var c43 = mat4x4f();
  var c50 = mat4x4f(); var c51 = mat4x4f(); var c52 = mat4x4f(); var c53 = mat4x4f();
  var c60 = mat4x4f(); var c61 = mat4x4f(); var c62 = mat4x4f(); var c63 = mat4x4f();
  var c70 = mat4x4f(); var c71 = mat4x4f(); var c72 = mat4x4f(); var c73 = mat4x4f();
  let segment_limit = segments_end(group.z);
  for (var segment = segments_begin(group.z); segment < segment_limit; segment++) {
    let a_rows0 = rows_segment(rows0, segment, group.z);
    let a_rows1 = rows_segment(rows1, segment, group.z);
    let a_rows2 = rows_segment(rows2, segment, group.z);
    let a_rows3 = rows_segment(rows3, segment, group.z);
    let a_rows4 = rows_segment(rows4, segment, group.z);
    let a_rows5 = rows_segment(rows5, segment, group.z);
    let a_rows6 = rows_segment(rows6, segment, group.z);
    let a_rows7 = rows_segment(rows7, segment, group.z);
    let b_cols0 = cols_segment(cols0, segment, group.z);
    let b_cols1 = cols_segment(cols1, segment, group.z);
    let b_cols2 = cols_segment(cols2, segment, group.z);
    let b_cols3 = cols_segment(cols3, segment, group.z);
    // Never less than the depth. Were the limit a uniform and nothing else, Mesa's lavapipe would compile the
    // kernel anew for each value that it meets.
    let depth_limit = min(depth4(segment), ~row);
    for (var k = 0u; k < depth_limit; k++) {
      let b0 = cols_load(b_cols0, k);
      let b1 = cols_load(b_cols1, k);
      let b2 = cols_load(b_cols2, k);
      let b3 = cols_load(b_cols3, k);
      let a0 = rows_load(a_rows0, k);
      c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0;
      let a1 = rows_load(a_rows1, k);
      c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1;
      let a2 = rows_load(a_rows2, k);
      c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2;
      let a3 = rows_load(a_rows3, k);
      c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3;
      let a4 = rows_load(a_rows4, k);
      c40 += b0 * a4; c41 += b1 * a4; c42 += b2 * a4; c43 += b3 * a4;
      let a5 = rows_load(a_rows5, k);
      c50 += b0 * a5; c51 += b1 * a5; c52 += b2 * a5; c53 += b3 * a5;
      let a6 = rows_load(a_rows6, k);
      c60 += b0 * a6; c61 += b1 * a6; c62 += b2 * a6; c63 += b3 * a6;
      let a7 = rows_load(a_rows7, k);
      c70 += b0 * a7; c71 += b1 * a7; c72 += b2 * a7; c73 += b3 * a7;
    }
  }

  let limit = min(rows(group.z) - row, 32u);
  for (var r = 0u; r < limit; r += 4u) {
    let first = (r & 4u) != 0u;
    let second = (r & 8u) != 0u;
    let third = (r & 16u) != 0u;
    let c0 = pick(third, pick(second, pick(first, c00, c10), pick(first, c20, c30)),
      pick(second, pick(first, c40, c50), pick(first, c60, c70)));
    let c1 = pick(third, pick(second, pick(first, c01, c11), pick(first, c21, c31)),
      pick(second, pick(first, c41, c51), pick(first, c61, c71)));
    let c2 = pick(third, pick(second, pick(first, c02, c12), pick(first, c22, c32)),
      pick(second, pick(first, c42, c52), pick(first, c62, c72)));
    let c3 = pick(third, pick(second, pick(first, c03, c13), pick(first, c23, c33)),
      pick(second, pick(first, c43, c53), pick(first, c63, c73)));
    for (var i = 0u; i < min(limit - r, 4u); i++) {
      put(row + r + i, col, group.z, line(c0, i));
      put(row + r + i, col + step, group.z, line(c1, i));
      put(row + r + i, col + 2u * step, group.z, line(c2, i));
      put(row + r + i, col + 3u * step, group.z, line(c3, i));
    }
  }
}
`;

/** The text of `shaders/gemm_registers_wide.wgsl`. */
export const gemmRegistersWide: string = `// The tile of gemm_registers.wgsl with 16 x 16 outputs for each invocation: half the loads for each
// multiply-add, for products that are large enough. Where a rasteriser emulates loads lane by lane, loads
// are what costs.

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let step = across();
  let row = (group.y * (8u / step) + local.x / step) * 16u;
  let col = group.x * step * 4u + local.x % step; // in vec4
  if (row >= rows(group.z) || col >= cols4()) { return; }

  let rows0 = rows_begin(row + 0u, group.z);
  let rows1 = rows_begin(row + 4u, group.z);
  let rows2 = rows_begin(row + 8u, group.z);
  let rows3 = rows_begin(row + 12u, group.z);
  let cols0 = cols_begin(col + 0u * step, group.z);
  let cols1 = cols_begin(col + 1u * step, group.z);
  let cols2 = cols_begin(col + 2u * step, group.z);
  let cols3 = cols_begin(col + 3u * step, group.z);

  var c00 = mat4x4f(); var c01 = mat4x4f(); var c02 = mat4x4f(); var c03 = mat4x4f();
  var c10 = mat4x4f(); var c11 = mat4x4f(); var c12 = mat4x4f(); var c13 = mat4x4f();
  var c20 = mat4x4f(); var c21 = mat4x4f(); var c22 = mat4x4f(); var c23 = mat4x4f();
  var c30 = mat4x4f(); var c31 = mat4x4f(); var c32 = mat4x4f(); var c33 = mat4x4f();
  let segment_limit = segments_end(group.z);
  for (var segment = segments_begin(group.z); segment < segment_limit; segment++) {
    let a_rows0 = rows_segment(rows0, segment, group.z);
    let a_rows1 = rows_segment(rows1, segment, group.z);
    let a_rows2 = rows_segment(rows2, segment, group.z);
    let a_rows3 = rows_segment(rows3, segment, group.z);
    let b_cols0 = cols_segment(cols0, segment, group.z);
    let b_cols1 = cols_segment(cols1, segment, group.z);
    let b_cols2 = cols_segment(cols2, segment, group.z);
    let b_cols3 = cols_segment(cols3, segment, group.z);
    // Never less than the depth. Were the limit a uniform and nothing else, Mesa's lavapipe would compile the
    // kernel anew for each value that it meets.
    let depth_limit = min(depth4(segment), ~row);
    for (var k = 0u; k < depth_limit; k++) {
      let b0 = cols_load(b_cols0, k);
      let b1 = cols_load(b_cols1, k);
      let b2 = cols_load(b_cols2, k);
      let b3 = cols_load(b_cols3, k);
      let a0 = rows_load(a_rows0, k);
      c00 += b0 * a0; c01 += b1 * a0; c02 += b2 * a0; c03 += b3 * a0;
      let a1 = rows_load(a_rows1, k);
      c10 += b0 * a1; c11 += b1 * a1; c12 += b2 * a1; c13 += b3 * a1;
      let a2 = rows_load(a_rows2, k);
      c20 += b0 * a2; c21 += b1 * a2; c22 += b2 * a2; c23 += b3 * a2;
      let a3 = rows_load(a_rows3, k);
      c30 += b0 * a3; c31 += b1 * a3; c32 += b2 * a3; c33 += b3 * a3;
    }
  }

  // Loops that are not unrolled, as their limit is not known to the compiler: 64 copies of an epilogue
  // would take seconds to compile.
  let limit = min(rows(group.z) - row, 16u);
  for (var r = 0u; r < limit; r += 4u) {
    let first = (r & 4u) != 0u;
    let second = (r & 8u) != 0u;
    let c0 = pick(second, pick(first, c00, c10), pick(first, c20, c30));
    let c1 = pick(second, pick(first, c01, c11), pick(first, c21, c31));
    let c2 = pick(second, pick(first, c02, c12), pick(first, c22, c32));
    let c3 = pick(second, pick(first, c03, c13), pick(first, c23, c33));
    for (var i = 0u; i < min(limit - r, 4u); i++) {
      put(row + r + i, col, group.z, line(c0, i));
      put(row + r + i, col + step, group.z, line(c1, i));
      put(row + r + i, col + 2u * step, group.z, line(c2, i));
      put(row + r + i, col + 3u * step, group.z, line(c3, i));
    }
  }
}
`;

/** The text of `shaders/gemm_workgroup.wgsl`. */
export const gemmWorkgroup: string = `// A tile of a matrix product staged in workgroup memory: SIDE x SIDE invocations compute a square of outputs
// together, each 1 or 4 of its 4 x 4 blocks (BLOCKS is 1 or 2, along each side). Each loads one 4 x 4 block
// of an operand for all, then multiplies its own. The form for GPUs, where workgroup memory is near and
// storage is far. See gemm_registers.wgsl for the linking and for \`b * a\`.

const TILE = SIDE * BLOCKS; // blocks of 4 along each side of the square
const STEPS = SIDE / (2u * BLOCKS); // blocks of 4 along the depth that are staged at once

var<workgroup> a_tile: array<mat4x4f, TILE * STEPS>;
var<workgroup> b_tile: array<mat4x4f, TILE * STEPS>;

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u,
        @builtin(local_invocation_index) index: u32) {
  let tile_row = group.y * TILE * 4u;
  let tile_col = group.x * TILE; // in vec4
  let block = index % TILE;
  let step = (index / TILE) % STEPS;
  let stages_rows = index < TILE * STEPS;

  let rows_state = rows_begin(tile_row + block * 4u, group.z);
  let cols_state = cols_begin(tile_col + block, group.z);

  var c00 = mat4x4f();
  var c01 = mat4x4f();
  var c10 = mat4x4f();
  var c11 = mat4x4f();
  let segment_limit = segments_end(group.z);
  for (var segment = segments_begin(group.z); segment < segment_limit; segment++) {
    let a_rows = rows_segment(rows_state, segment, group.z);
    let b_cols = cols_segment(cols_state, segment, group.z);
    let depth_limit = depth4(segment);
    for (var k = 0u; k < depth_limit; k += STEPS) {
      var staged = mat4x4f();
      if (k + step < depth_limit) {
        if (stages_rows) {
          staged = rows_load(a_rows, k + step);
        } else {
          staged = cols_load(b_cols, k + step);
        }
      }
      if (stages_rows) {
        a_tile[step * TILE + block] = staged;
      } else {
        b_tile[step * TILE + block] = staged;
      }
      workgroupBarrier();
      for (var s = 0u; s < STEPS; s++) {
        let a0 = a_tile[s * TILE + local.y];
        let b0 = b_tile[s * TILE + local.x];
        c00 += b0 * a0;
        if (BLOCKS > 1u) {
          let a1 = a_tile[s * TILE + local.y + SIDE];
          let b1 = b_tile[s * TILE + local.x + SIDE];
          c01 += b1 * a0;
          c10 += b0 * a1;
          c11 += b1 * a1;
        }
      }
      workgroupBarrier();
    }
  }

  let row = tile_row + local.y * 4u;
  let col = tile_col + local.x;
  for (var i = 0u; i < 4u; i++) {
    put(row + i, col, group.z, c00[i]);
    if (BLOCKS > 1u) {
      put(row + i, col + SIDE, group.z, c01[i]);
      put(row + SIDE * 4u + i, col, group.z, c10[i]);
      put(row + SIDE * 4u + i, col + SIDE, group.z, c11[i]);
    }
  }
}

fn put(row: u32, col: u32, z: u32, value: vec4f) {
  if (row < rows(z) && col < cols4()) { store(row, col, z, value); }
}
`;

/** The text of `shaders/image_batch.wgsl`. */
export const imageBatch: string = `// Bytes to network input: RGB bytes [batch, height, width, 3] become floats [batch, height, width, 4],
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
`;

/** The text of `shaders/loss_scale_check.wgsl`. */
export const lossScaleCheck: string = `// Looks for a gradient that is infinite or not a number: feature maps in f16 had no room for it. By the bits, as
// WGSL may take such values for absent. Each invocation looks at VECTORS vec4 in a row.

struct LossScale {
  scale: f32,
  good_steps: f32,
  overflow: atomic<u32>,
}
@group(0) @binding(0) var<storage, read> gradients: array<vec4u>;
@group(0) @binding(1) var<storage, read_write> loss_scale: LossScale;
@group(1) @binding(0) var<uniform> size4: u32;

const EXPONENT = vec4u(0x7f800000u);

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (id.x + id.y * groups.x * 64u) * VECTORS;
  let end = min(first + VECTORS, size4);
  var found = vec4<bool>();
  for (var i = first; i < end; i++) { found |= (gradients[i] & EXPONENT) == EXPONENT; }
  if (any(found)) { atomicStore(&loss_scale.overflow, 1u); }
}
`;

/** The text of `shaders/loss_scale_update.wgsl`. */
export const lossScaleUpdate: string = `// After a step: half the scale where a gradient had no room, twice the scale after a long time without. The
// report's second vector says what the step had: its scale, and 1 if it was skipped.

struct Policy {
  growth_interval: f32,
  least: f32,
  most: f32,
}
struct LossScale {
  scale: f32,
  good_steps: f32,
  overflow: u32,
}
@group(0) @binding(0) var<storage, read_write> state: LossScale;
@group(0) @binding(1) var<storage, read_write> report: array<vec4f>;
@group(1) @binding(0) var<uniform> policy: Policy;

@compute @workgroup_size(1)
fn main() {
  let skipped = state.overflow != 0u;
  report[1] = vec4f(state.scale, select(0.0, 1.0, skipped), 0.0, 0.0);
  if (skipped) {
    state.scale = max(state.scale / 2.0, policy.least);
    state.good_steps = 0.0;
  } else if (state.good_steps + 1.0 >= policy.growth_interval) {
    state.scale = min(state.scale * 2.0, policy.most);
    state.good_steps = 0.0;
  } else {
    state.good_steps += 1.0;
  }
  state.overflow = 0u;
}
`;

/** The text of `shaders/margin_delta.wgsl`. */
export const marginDelta: string = `// Turns a window of scores in place into the gradient by the raw products of features and class weights, and
// sums up for each class what a normalisation or a bias needs. One invocation a class.

struct Shape {
  rows: u32, // classes of the window, padding included
  classes: u32, // without padding
  first_class: u32,
  quads: u32, // vec4 in a row of scores
}
@group(0) @binding(0) var<storage, read_write> scores: array<vec4f>; // [rows, quads]
@group(0) @binding(1) var<storage, read> scales: array<f32>; // 1 / |w|, where NORMALISED
@group(0) @binding(2) var<storage, read> labels: array<vec4u>;
@group(0) @binding(3) var<storage, read> peaks: array<vec4f>;
@group(0) @binding(4) var<storage, read> gradients: array<vec4f>; // see margin_finish
// NORMALISED: the coefficient of w in its own gradient, which makes that tangent to the sphere. Else the
// gradient by a bias.
@group(0) @binding(5) var<storage, read_write> along: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.x + id.y * groups.x * 64u;
  if (j >= shape.rows) { return; }
  var scale = 1.0;
  if (NORMALISED) { scale = scales[j]; }
  let identity = vec4u(shape.first_class + j);
  var sum = 0.0;
  for (var q = 0u; q < shape.quads; q++) {
    let at = j * shape.quads + q;
    let score = scores[at];
    var d = exp(score - peaks[q]) * gradients[q];
    d = select(d, gradients[shape.quads + q], labels[q] == identity);
    if (j >= shape.classes) { d = vec4f(); }
    scores[at] = d * scale;
    sum += dot(d, select(vec4f(1), score, NORMALISED));
  }
  along[j] = select(sum, -sum * scale * scale, NORMALISED);
}
`;

/** The text of `shaders/margin_finish.wgsl`. */
export const marginFinish: string = `// The loss of each sample, and what its gradient by all scores is made of. The scores are |x| cos(theta_j); the
// target's becomes, with the angular margin of A-Softmax (eq. 7 of the paper) and its annealing,
//   f_y = (lambda |x| cos(theta_y) + |x| psi(cos(theta_y))) / (1 + lambda).
// With MARGIN 1 this is plain softmax cross-entropy over any scores. CAFFE rescales the margin's gradient by x
// as the released layer does. One invocation a sample. Linked with capped_loss.wgsl.

struct Shape {
  batch: u32,
  quads: u32, // vec4 over samples
  pieces: u32,
  lambda: f32,
}
@group(0) @binding(0) var<storage, read> pieces: array<f32>; // [pieces, quads, 2, 4]: largest, sum of others
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read> squares: array<f32>; // |x|^2; not read where MARGIN is 1
// For each sample: loss, 1 where the largest score is the target's, cos(theta_y) (the score with MARGIN 1), 0.
@group(0) @binding(3) var<storage, read_write> outcomes: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> peaks: array<f32>; // what margin_delta subtracts in the exponent
// Four rows of a number for each sample:
//   the factor of exp(score - peak) in the gradient by another class's score
//   the gradient by the target's product, with the margin's factor of w_y
//   the gradient by f_y alone
//   the coefficient of x itself in the gradient by x
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

// psi(c), its derivative A and B = psi - c A, as polynomials in c = cos(theta); sign(0) is 0.
fn margin(c: f32) -> vec3f {
  let s0 = sign(c);
  switch (MARGIN) {
    case 2u: {
      return vec3f(2.0 * s0 * c * c - 1.0, 4.0 * s0 * c, -(2.0 * s0 * c * c + 1.0));
    }
    case 3u: {
      let s1 = sign(abs(c) - 0.5);
      let s2 = s0 * (1.0 + s1) - 2.0;
      let c3 = c * c * c;
      return vec3f(s1 * (4.0 * c3 - 3.0 * c) + s2, s1 * (12.0 * c * c - 3.0), -(8.0 * s1 * c3 - s2));
    }
    case 4u: {
      let s3 = s0 * sign(2.0 * c * c - 1.0);
      let s4 = 2.0 * s0 + s3 - 3.0;
      let c2 = c * c;
      let c4 = c2 * c2;
      return vec3f(
        s3 * (8.0 * c4 - 8.0 * c2 + 1.0) + s4,
        s3 * (32.0 * c2 * c - 16.0 * c),
        -(s3 * (24.0 * c4 - 8.0 * c2 - 1.0) - s4),
      );
    }
    default: { return vec3f(c, 1.0, 0.0); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let sample = id.x;
  let columns = 4u * shape.quads;
  if (sample >= columns) { return; }
  if (sample >= shape.batch) { // samples that only fill a vec4 have no gradient
    peaks[sample] = 0.0;
    for (var row = 0u; row < 4u; row++) { gradients[row * columns + sample] = 0.0; }
    return;
  }
  let first = sample / 4u * 8u + sample % 4u;
  var rival = LOWEST;
  for (var p = 0u; p < shape.pieces; p++) { rival = max(rival, pieces[p * 2u * columns + first]); }

  let product = targets[sample];
  var target_score = product;
  var factor = 1.0; // of w_y in the gradient of f_y by x
  var along_x = 0.0; // of x itself
  var cosine = product;
  if (MARGIN > 1u) {
    let norm = sqrt(squares[sample]);
    // A feature of length zero has no angle.
    cosine = select(clamp(product / norm, -1.0, 1.0), 0.0, norm <= 1e-12);
    let psi = margin(cosine);
    let share = 1.0 / (1.0 + shape.lambda);
    target_score = (shape.lambda * product + norm * psi.x) * share;
    var a = psi.y;
    var b = select(psi.z / norm, 0.0, norm <= 1e-12);
    if (CAFFE) {
      let length = max(sqrt(a * a + b * b), 1e-12);
      a /= length;
      b /= length;
    }
    factor = (shape.lambda + a) * share;
    along_x = b * share;
  }

  let peak = max(rival, target_score);
  var normaliser = exp(target_score - peak);
  for (var p = 0u; p < shape.pieces; p++) {
    let at = p * 2u * columns + first;
    normaliser += pieces[at + 4u] * exp(pieces[at] - peak);
  }
  let scale = 1.0 / f32(shape.batch);
  let by_target = (exp(target_score - peak) / normaliser - 1.0) * scale;
  peaks[sample] = peak;
  gradients[sample] = scale / normaliser;
  gradients[columns + sample] = by_target * factor;
  gradients[2u * columns + sample] = by_target;
  gradients[3u * columns + sample] = by_target * along_x;
  let loss = capped_loss(log(normaliser) + (peak - target_score));
  outcomes[sample] = vec4f(loss, select(0.0, 1.0, product > rival), cosine, 0.0);
}
`;

/** The text of `shaders/margin_report.wgsl`. */
export const marginReport: string = `// What a training step reports: mean loss, share of samples whose largest score is the target's, and mean
// cosine to the target. The loss goes to where the tape finds it as well.

@group(0) @binding(0) var<storage, read> outcomes: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> report: array<vec4f>;
@group(1) @binding(0) var<uniform> batch: u32;

@compute @workgroup_size(1)
fn main() {
  var sum = vec4f();
  for (var i = 0u; i < batch; i++) { sum += outcomes[i]; }
  let means = sum / f32(batch);
  loss[0] = means.x;
  report[0] = means;
}
`;

/** The text of `shaders/margin_scores.wgsl`. */
export const marginScores: string = `// Scores of a window of the classes, [classes, samples] as vec4 over samples: the products' parts added up,
// divided by |w| where NORMALISED, plus a bias where BIASED. On the way each invocation keeps, over its piece
// of the classes, the largest score and the sum of exp(score - largest) of the classes other than the target,
// and notes the target's score. A window may be any part of the classes: margin_finish adds the pieces up.

struct Shape {
  rows: u32, // classes of the window, padding included
  classes: u32, // without padding
  first_class: u32,
  parts: u32, // to add up for each product
  part_quads: u32, // vec4 in a part
  quads: u32, // vec4 in a row of scores
  first_quad: u32,
  piece: u32, // classes of an invocation
  first_piece: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<vec4f>; // [rows, parts, part_quads]
@group(0) @binding(1) var<storage, read> column: array<f32>; // shares of |w|^2 [rows, parts], or biases [rows]
@group(0) @binding(2) var<storage, read> labels: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> scores: array<vec4f>; // [rows, quads]
@group(0) @binding(4) var<storage, read_write> scales: array<f32>; // 1 / |w|, where NORMALISED
@group(0) @binding(5) var<storage, read_write> targets: array<f32>;
@group(0) @binding(6) var<storage, read_write> pieces: array<vec4f>; // [pieces, quads, 2]
@group(1) @binding(0) var<uniform> shape: Shape;

const LOWEST = -3.4028234e38;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let across = min(shape.part_quads, shape.quads - shape.first_quad);
  let part_quad = id.x % across;
  let quad = shape.first_quad + part_quad;
  let piece = id.x / across;
  let first = piece * shape.piece;
  if (first >= shape.rows) { return; }
  let end = min(first + shape.piece, shape.rows);
  let label = labels[quad];
  var highest = vec4f(LOWEST);
  var sum = vec4f();
  for (var j = first; j < end; j++) {
    var score = vec4f();
    for (var part = j * shape.parts; part < (j + 1u) * shape.parts; part++) {
      score += parts[part * shape.part_quads + part_quad];
    }
    if (NORMALISED) {
      var square = 0.0;
      for (var part = j * shape.parts; part < (j + 1u) * shape.parts; part++) { square += column[part]; }
      let scale = 1.0 / max(sqrt(square), 1e-12);
      score *= scale;
      if (quad == 0u) { scales[j] = scale; }
    }
    if (BIASED) { score += column[j]; }
    scores[j * shape.quads + quad] = score;
    if (j >= shape.classes) { continue; }
    let hit = label == vec4u(shape.first_class + j);
    let higher = max(highest, select(score, vec4f(LOWEST), hit));
    sum = sum * exp(highest - higher) + select(exp(score - higher), vec4f(), hit);
    highest = higher;
    if (any(hit)) {
      if (hit.x) { targets[4u * quad] = score.x; }
      if (hit.y) { targets[4u * quad + 1u] = score.y; }
      if (hit.z) { targets[4u * quad + 2u] = score.z; }
      if (hit.w) { targets[4u * quad + 3u] = score.w; }
    }
  }
  let out = ((shape.first_piece + piece) * shape.quads + quad) * 2u;
  pieces[out] = highest;
  pieces[out + 1u] = sum;
}
`;

/** The text of `shaders/margin_targets.wgsl`. */
export const marginTargets: string = `// Puts the plain gradient by the target score back where margin_delta had put the margin's factor in: the
// released layer's gradient by the class weights knows no margin. Of a window of classes.

struct Shape {
  batch: u32,
  columns: u32, // samples, a multiple of 4
  first_class: u32,
  rows: u32,
}
@group(0) @binding(0) var<storage, read> gradients: array<f32>; // see margin_finish
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>; // [rows, columns]
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.batch) { return; }
  let row = labels[id.x] - shape.first_class; // wraps round below the window
  if (row < shape.rows) { delta[row * shape.columns + id.x] = gradients[2u * shape.columns + id.x]; }
}
`;

/** The text of `shaders/max_pool.wgsl`. */
export const maxPool: string = `// The largest value under each position of a window; one invocation for four channels of an output pixel.

@group(0) @binding(1) var<storage, read_write> y: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= g.items) { return; }
  let pixel = i / g.channels4;
  let channel = i - pixel * g.channels4;
  let line = pixel / g.out_width;
  let image = line / g.out_height;
  let top = (line - image * g.out_height) * STRIDE;
  let left = (pixel - line * g.out_width) * STRIDE;
  let corner = (image * g.in_height + top) * g.in_width + left;
  var largest = vec4f(x[corner * g.channels4 + channel]);
  for (var dy = 0u; dy < SIZE; dy++) {
    // At the border the last row or column is looked at again, which changes no maximum.
    let row = image * g.in_height + min(top + dy, g.in_height - 1u);
    for (var dx = 0u; dx < SIZE; dx++) {
      let column = min(left + dx, g.in_width - 1u);
      largest = max(largest, vec4f(x[(row * g.in_width + column) * g.channels4 + channel]));
    }
  }
  y[i] = Stored(largest);
}
`;

/** The text of `shaders/max_pool_backward.wgsl`. */
export const maxPoolBackward: string = `// The gradient of max pooling: that of a window goes to the first of its largest values, in reading order.
// One invocation for four channels of an input pixel adds up the windows in which it comes first.

@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read_write> dx: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= g.items) { return; }
  let pixel = i / g.channels4;
  let channel = i - pixel * g.channels4;
  let line = pixel / g.in_width;
  let image = line / g.in_height;
  let row = line - image * g.in_height;
  let column = pixel - line * g.in_width;
  let own = vec4f(x[i]);
  var sum = vec4f();
  // The windows over this pixel: it is their row \`a\` and their column \`b\`.
  for (var a = row % STRIDE; a < SIZE; a += STRIDE) {
    for (var b = column % STRIDE; b < SIZE; b += STRIDE) {
      if (a > row || b > column) { continue; }
      let window = vec2u((row - a) / STRIDE, (column - b) / STRIDE);
      if (window.x >= g.out_height || window.y >= g.out_width) { continue; }
      var first = vec4<bool>(true);
      for (var p = 0u; p < SIZE * SIZE; p++) {
        let at = vec2u(row - a + p / SIZE, column - b + p % SIZE);
        if (at.x >= g.in_height || at.y >= g.in_width) { continue; }
        let other = vec4f(x[((image * g.in_height + at.x) * g.in_width + at.y) * g.channels4 + channel]);
        first = first & select(own >= other, own > other, vec4<bool>(p < a * SIZE + b));
      }
      let gradient = (image * g.out_height + window.x) * g.out_width + window.y;
      sum += select(vec4f(), vec4f(dy[gradient * g.channels4 + channel]), first);
    }
  }
  dx[i] = Stored(sum);
}
`;

/** The text of `shaders/max_pool_geometry.wgsl`. */
export const maxPoolGeometry: string = `// The geometry of max pooling over images [batch, height, width, channels]. SIZE and STRIDE are constants: a
// window is SIZE x SIZE, and what reaches over the right and the lower border is left out.

struct Geometry {
  items: u32,     // vec4 of what the kernel writes
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  channels4: u32, // in vec4
}
@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(1) @binding(0) var<uniform> g: Geometry;
`;

/** The text of `shaders/operands_conv.wgsl`. */
export const operandsConv: string = `// The geometry that the three passes of a convolution share. Images are [batch, height, width, channels],
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
`;

/** The text of `shaders/operands_conv_input_gradient.wgsl`. */
export const operandsConvInputGradient: string = `// Gradient of a convolution with respect to its input, as an implicit matrix product. Rows are input
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
// Input rows (or columns) whose index is \`p\` modulo the stride.
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
`;

/** The text of `shaders/operands_conv_output.wgsl`. */
export const operandsConvOutput: string = `// Convolution as an implicit matrix product. Rows are output pixels, columns output channels, a segment is
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
`;

/** The text of `shaders/operands_conv_weight_gradient.wgsl`. */
export const operandsConvWeightGradient: string = `// Gradient of a convolution with respect to its weights, as an implicit matrix product. Rows are (tap,
// input channel), columns output channels, the depth is the output pixels. A segment is a band of output
// rows of one image; layer z of the dispatch sums \`split\` segments into its own part, and the parts are
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
`;

/** The text of `shaders/operands_matmul.wgsl`. */
export const operandsMatmul: string = `// Operands of a plain matrix product. A is [rows, depth], or [depth, rows] where A_TRANSPOSED; B is
// [depth, cols], or [cols, depth] where B_TRANSPOSED. One segment: the whole depth.

struct Shape {
  rows: u32,
  cols: u32,
  depth: u32,
}
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn rows(z: u32) -> u32 { return shape.rows; }
fn cols4() -> u32 { return shape.cols / 4u; }
fn segments_begin(z: u32) -> u32 { return 0u; }
fn segments_end(z: u32) -> u32 { return 1u; }
fn depth4(segment: u32) -> u32 { return (shape.depth + 3u) / 4u; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return 0u; }

// The state of a block of four rows: where each begins, in vec4; or, transposed, its column of vec4.
fn rows_begin(row: u32, z: u32) -> vec4u {
  if (A_TRANSPOSED) { return vec4u(min(row, shape.rows - 4u) / 4u); }
  return min(row + vec4u(0u, 1u, 2u, 3u), vec4u(shape.rows - 1u)) * (shape.depth / 4u);
}
fn rows_segment(state: vec4u, segment: u32, z: u32) -> vec4u { return state; }
fn rows_load(at: vec4u, k: u32) -> mat4x4f {
  if (A_TRANSPOSED) { return transpose(strip_a(at.x, k)); }
  return mat4x4f(a[at.x + k], a[at.y + k], a[at.z + k], a[at.w + k]);
}

fn cols_begin(col: u32, z: u32) -> vec4u {
  let clamped = min(col, cols4() - 1u);
  if (B_TRANSPOSED) { return (clamped * 4u + vec4u(0u, 1u, 2u, 3u)) * (shape.depth / 4u); }
  return vec4u(clamped);
}
fn cols_segment(state: vec4u, segment: u32, z: u32) -> vec4u { return state; }
fn cols_load(at: vec4u, k: u32) -> mat4x4f {
  if (B_TRANSPOSED) { return transpose(mat4x4f(b[at.x + k], b[at.y + k], b[at.z + k], b[at.w + k])); }
  return strip_b(at.x, k);
}

// Four consecutive depths of one vec4 column. Past the depth's end A counts as zero; B is read at a place
// that exists, for whatever stands there is multiplied by that zero.
fn strip_a(col: u32, k: u32) -> mat4x4f {
  let stride = shape.rows / 4u;
  let d = k * 4u;
  let last = shape.depth - 1u;
  return mat4x4f(
    a[d * stride + col],
    select(vec4f(), a[min(d + 1u, last) * stride + col], d + 1u <= last),
    select(vec4f(), a[min(d + 2u, last) * stride + col], d + 2u <= last),
    select(vec4f(), a[min(d + 3u, last) * stride + col], d + 3u <= last),
  );
}
fn strip_b(col: u32, k: u32) -> mat4x4f {
  let stride = cols4();
  let d = min(k * 4u + vec4u(0u, 1u, 2u, 3u), vec4u(shape.depth - 1u)) * stride + col;
  return mat4x4f(b[d.x], b[d.y], b[d.z], b[d.w]);
}
`;

/** The text of `shaders/operands_panel.wgsl`. */
export const operandsPanel: string = `// Operands of a product of panels, one product for each layer of the dispatch. A is [layers, rows, depth],
// or [layers, depth, rows] where A_TRANSPOSED; B is [layers, depth, cols]. The depth is a multiple of 4, so
// are the columns, and the rows where A is transposed. Linked with files that read A and B.

struct Shape {
  rows: u32,
  cols: u32,
  depth: u32,
  gap: u32, // vec4 between layers, of the operands and of the product
}
@group(1) @binding(0) var<uniform> shape: Shape;

fn rows(z: u32) -> u32 { return shape.rows; }
fn cols4() -> u32 { return shape.cols / 4u; }
fn segments_begin(z: u32) -> u32 { return 0u; }
fn segments_end(z: u32) -> u32 { return 1u; }
fn depth4(segment: u32) -> u32 { return shape.depth / 4u; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return shape.gap; }

// Where each of four rows begins; or, transposed, the first depth of their column.
fn rows_begin(row: u32, z: u32) -> vec4u {
  if (A_TRANSPOSED) {
    let rows4 = shape.rows / 4u;
    return z * (shape.depth * rows4 + shape.gap) + min(row / 4u, rows4 - 1u) + vec4u(0u, 1u, 2u, 3u) * rows4;
  }
  let depth4 = shape.depth / 4u;
  return z * (shape.rows * depth4 + shape.gap) + min(row + vec4u(0u, 1u, 2u, 3u), vec4u(shape.rows - 1u)) * depth4;
}
fn rows_segment(state: vec4u, segment: u32, z: u32) -> vec4u { return state; }
fn rows_load(at: vec4u, k: u32) -> mat4x4f {
  if (A_TRANSPOSED) {
    let place = at + k * shape.rows;
    return transpose(mat4x4f(a_at(place.x), a_at(place.y), a_at(place.z), a_at(place.w)));
  }
  return mat4x4f(a_at(at.x + k), a_at(at.y + k), a_at(at.z + k), a_at(at.w + k));
}

fn cols_begin(col: u32, z: u32) -> vec4u {
  return z * (shape.depth * cols4() + shape.gap) + min(col, cols4() - 1u) + vec4u(0u, 1u, 2u, 3u) * cols4();
}
fn cols_segment(state: vec4u, segment: u32, z: u32) -> vec4u { return state; }
fn cols_load(at: vec4u, k: u32) -> mat4x4f {
  let place = at + k * shape.cols;
  return mat4x4f(b_at(place.x), b_at(place.y), b_at(place.z), b_at(place.w));
}
`;

/** The text of `shaders/panel_a_buffer.wgsl`. */
export const panelABuffer: string = `// Operand A as a buffer.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;

fn a_at(at: u32) -> vec4f { return a[at]; }
`;

/** The text of `shaders/panel_a_texels.wgsl`. */
export const panelATexels: string = `// Operand A as texels.

@group(0) @binding(0) var a: texture_2d<f32>;

fn a_at(at: u32) -> vec4f { return textureLoad(a, vec2u(at % 2048u, at / 2048u), 0); }
`;

/** The text of `shaders/panel_b_buffer.wgsl`. */
export const panelBBuffer: string = `// Operand B as a buffer.

@group(0) @binding(1) var<storage, read> b: array<vec4f>;

fn b_at(at: u32) -> vec4f { return b[at]; }
`;

/** The text of `shaders/panel_b_texels.wgsl`. */
export const panelBTexels: string = `// Operand B as texels.

@group(0) @binding(1) var b: texture_2d<f32>;

fn b_at(at: u32) -> vec4f { return textureLoad(b, vec2u(at % 2048u, at / 2048u), 0); }
`;

/** The text of `shaders/panel_copy.wgsl`. */
export const panelCopy: string = `// Copies a matrix into a panel as it is, with zeros behind it.

struct Shape {
  size4: u32,
  stored4: u32,
}
@group(0) @binding(0) var<storage, read> matrix: array<Stored>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.stored4) { return; }
  let inside = i < shape.size4;
  panel_put(i, select(vec4f(), vec4f(matrix[select(0u, i, inside)]), inside));
}
`;

/** The text of `shaders/panel_put_buffer.wgsl`. */
export const panelPutBuffer: string = `// The panel that a kernel writes, as a buffer. A panel is an operand of a matrix product that was arranged
// for it: [layers, rows, cols], in vec4.

@group(0) @binding(1) var<storage, read_write> panel: array<vec4f>;

fn panel_put(at: u32, value: vec4f) { panel[at] = value; }
`;

/** The text of `shaders/panel_put_texels.wgsl`. */
export const panelPutTexels: string = `// The panel that a kernel writes, as texels: see panel_put_buffer.wgsl.

@group(0) @binding(1) var panel: texture_storage_2d<rgba32float, write>;

fn panel_put(at: u32, value: vec4f) { textureStore(panel, vec2u(at % 2048u, at / 2048u), value); }
`;

/** The text of `shaders/panel_transpose.wgsl`. */
export const panelTranspose: string = `// Copies a matrix [rows, cols] into a panel [cols, rows]; the rows are a multiple of 4.

struct Shape {
  rows4: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> matrix: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let col = i / shape.rows4;
  if (col >= shape.cols) { return; }
  let at = (i - col * shape.rows4) * 4u * shape.cols + col;
  panel_put(i, vec4f(matrix[at], matrix[at + shape.cols], matrix[at + 2u * shape.cols],
    matrix[at + 3u * shape.cols]));
}
`;

/** The text of `shaders/patches.wgsl`. */
export const patches: string = `// Lays out the patch under each output pixel of a convolution as a row of a panel,
// [pixels, taps, channels]: with it a convolution is a matrix product. One invocation gathers all taps of
// four channels.

@group(0) @binding(0) var<storage, read> image: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let item = id.x + id.y * groups.x * 64u;
  let pixel = item / g.channels4;
  if (pixel >= g.stored) { return; }
  let channel = item - pixel * g.channels4;
  let taps = g.kernel_height * g.kernel_width;
  var to = pixel * taps * g.channels4 + channel;
  let line = pixel / g.out_width;
  let in_batch = line / g.out_height;
  let base = (g.first_image + in_batch) * g.in_height * g.in_width;
  let y0 = i32((line - in_batch * g.out_height) * g.stride) - i32(g.padding);
  let x0 = i32((pixel - line * g.out_width) * g.stride) - i32(g.padding);
  for (var i = 0u; i < g.kernel_height; i++) {
    let y = y0 + i32(i);
    for (var j = 0u; j < g.kernel_width; j++) {
      let x = x0 + i32(j);
      let inside = pixel < g.pixels && y >= 0 && x >= 0 && y < i32(g.in_height) && x < i32(g.in_width);
      let at = (base + u32(y * i32(g.in_width) + x)) * g.channels4 + channel;
      panel_put(to, select(vec4f(), vec4f(image[select(0u, at, inside)]), inside));
      to += g.channels4;
    }
  }
}
`;

/** The text of `shaders/patches_fold.wgsl`. */
export const patchesFold: string = `// Adds up the gradients of patches, [pixels, taps, channels], where patches overlap: the gradient of the
// image that patches.wgsl read. One invocation sums four channels of an input pixel.

@group(0) @binding(0) var<storage, read> patches: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> image: array<StoredOut>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let item = id.x + id.y * groups.x * 64u;
  let pixel = item / g.channels4;
  if (pixel >= g.pixels) { return; }
  let channel = item - pixel * g.channels4;
  let line = pixel / g.in_width;
  let in_batch = line / g.in_height;
  let y0 = line - in_batch * g.in_height + g.padding;
  let x0 = pixel - line * g.in_width + g.padding;
  let taps = g.kernel_height * g.kernel_width;
  var sum = vec4f();
  for (var i = y0 % g.stride; i < min(g.kernel_height, y0 + 1u); i += g.stride) {
    let y = (y0 - i) / g.stride;
    if (y >= g.out_height) { continue; }
    for (var j = x0 % g.stride; j < min(g.kernel_width, x0 + 1u); j += g.stride) {
      let x = (x0 - j) / g.stride;
      if (x >= g.out_width) { continue; }
      let row = ((in_batch * g.out_height + y) * g.out_width + x) * taps + i * g.kernel_width + j;
      sum += patches[row * g.channels4 + channel];
    }
  }
  image[(g.first_image * g.in_height * g.in_width + pixel) * g.channels4 + channel] = StoredOut(sum);
}
`;

/** The text of `shaders/patches_geometry.wgsl`. */
export const patchesGeometry: string = `// The geometry of a convolution whose patches are laid out, for some of the batch's images.

struct Geometry {
  in_height: u32,
  in_width: u32,
  channels4: u32, // of the input, in vec4
  out_height: u32,
  out_width: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride: u32,
  padding: u32,
  first_image: u32,
  pixels: u32,    // output pixels of these images
  stored: u32,    // rows of the panel, further ones zero
}
@group(1) @binding(0) var<uniform> g: Geometry;
`;

/** The text of `shaders/photo.wgsl`. */
export const photo: string = `// What the kernels that read a photo share. Pixels are words: red, green and blue from the lowest byte on.
// A rectangle of a photo, or of a halved one, begins at the word \`offset\` and takes \`stride\` words a row.

struct Source {
  offset: u32,
  stride: u32,
  columns: f32, // extents; those of a halved photo need not be whole
  rows: f32,
}
@group(0) @binding(0) var<storage, read> photo: array<u32>;

fn colour(word: u32) -> vec3f { return 255.0 * unpack4x8unorm(word).xyz; }

// Where the part of an interval begins and ends that lies within an extent.
fn within(first: f32, size: f32, extent: f32) -> vec2f {
  return clamp(vec2f(first, first + size), vec2f(0.0), vec2f(extent));
}

// The mean colour over the rectangle from \`first\` on, black where it reaches over the photo's border. An
// interval of length 1 makes this bilinear interpolation.
fn mean_colour(source: Source, first: vec2f, size: vec2f) -> vec3f {
  let x = within(first.x, size.x, source.columns);
  let y = within(first.y, size.y, source.rows);
  let last_column = u32(ceil(x.y));
  let last_row = u32(ceil(y.y));
  var sum = vec3f(0.0);
  for (var row = u32(y.x); row < last_row; row++) {
    let height = min(f32(row) + 1.0, y.y) - max(f32(row), y.x);
    let start = source.offset + row * source.stride;
    var line = vec3f(0.0);
    for (var column = u32(x.x); column < last_column; column++) {
      let width = min(f32(column) + 1.0, x.y) - max(f32(column), x.x);
      line += width * colour(photo[start + column]);
    }
    sum += height * line;
  }
  return sum / (size.x * size.y);
}

// The network's input.
fn normalised(value: vec3f) -> vec4f { return vec4f((value - 127.5) * 0.0078125, 0.0); }
`;

/** The text of `shaders/photo_crops.wgsl`. */
export const photoCrops: string = `// Squares of a photo as network input [crops, side, side, 4], resized as in photo_level.wgsl; what reaches over
// the photo's border is black. A crop of negative width is mirrored. One invocation a pixel.

struct Crop {
  left: f32,
  top: f32,
  width: f32,
  height: f32,
  source: Source,
}
struct Shape {
  first: u32, // the first crop of this dispatch, in the list and in the output
  pixels: u32, // of this dispatch
  side: u32,
}
@group(0) @binding(1) var<storage, read> crops: array<Crop>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.pixels) { return; }
  let area = shape.side * shape.side;
  let crop = crops[shape.first + i / area];
  let place = vec2f(vec2u(i % shape.side, i % area / shape.side));
  let start = vec2f(crop.left, crop.top);
  let extent = vec2f(crop.width, crop.height);
  let step = extent / f32(shape.side);
  let size = max(abs(step), vec2f(1.0));
  let middle = start + (place + 0.5) * step;
  let least = min(start, start + extent);
  let most = max(least, max(start, start + extent) - size);
  let first = clamp(middle - 0.5 * size, least, most);
  out[shape.first * area + i] = normalised(mean_colour(crop.source, first, size));
}
`;

/** The text of `shaders/photo_halve.wgsl`. */
export const photoHalve: string = `// A photo at half its size: each pixel is the mean of four, of those that there are at the border. Both lie in
// one memory. One invocation a pixel.

struct Shape {
  offset: u32,
  columns: u32,
  rows: u32,
  to: u32, // where the halved photo begins
}
@group(0) @binding(0) var<storage, read_write> photo: array<u32>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn pixel(x: u32, y: u32) -> vec4f {
  let column = min(x, shape.columns - 1u);
  let row = min(y, shape.rows - 1u);
  return unpack4x8unorm(photo[shape.offset + row * shape.columns + column]);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let columns = (shape.columns + 1u) / 2u;
  let rows = (shape.rows + 1u) / 2u;
  if (i >= columns * rows) { return; }
  let x = 2u * (i % columns);
  let y = 2u * (i / columns);
  let sum = pixel(x, y) + pixel(x + 1u, y) + pixel(x, y + 1u) + pixel(x + 1u, y + 1u);
  photo[shape.to + i] = pack4x8unorm(sum / 4.0);
}
`;

/** The text of `shaders/photo_level.wgsl`. */
export const photoLevel: string = `// A part of a pyramid's level as network input [1, height, width, 4]: the photo resized, by the mean over a
// pixel's area where that shrinks it and bilinearly where it grows, as the authors' resizing does. One
// invocation a pixel.

struct Shape {
  source: Source,
  step: vec2f, // pixels of the source for one of the level
  left: u32, // the part's first column and row in the level
  top: u32,
  width: u32, // its extents
  pixels: u32,
  origin: vec2f, // where the source begins in the whole photo of that size
}
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.pixels) { return; }
  let place = vec2f(vec2u(shape.left + i % shape.width, shape.top + i / shape.width));
  let size = max(shape.step, vec2f(1.0));
  let middle = (place + 0.5) * shape.step - shape.origin;
  let most = vec2f(shape.source.columns, shape.source.rows) - size;
  let first = clamp(middle - 0.5 * size, vec2f(0.0), max(most, vec2f(0.0)));
  out[i] = normalised(mean_colour(shape.source, first, size));
}
`;

/** The text of `shaders/prelu.wgsl`. */
export const prelu: string = `// y = max(x, 0) + slope * min(x, 0), one slope for each channel.

struct Shape {
  size4: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(1) var<storage, read> slope: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<Stored>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size4) { return; }
  let value = vec4f(x[i]);
  y[i] = Stored(max(value, vec4f()) + slope[i % shape.cols4] * min(value, vec4f()));
}
`;

/** The text of `shaders/prelu_backward.wgsl`. */
export const preluBackward: string = `// All of PReLU's gradients in one pass over a band of rows (pixels): dx, and the band's share of the
// gradient of the slopes and of a bias that was added before the PReLU. At zero the derivative is the slope.
// Linked with prelu_backward_apart.wgsl or prelu_backward_in_place.wgsl, which declare \`x\` and say where dx goes.

struct Shape {
  rows: u32,
  cols4: u32,
  band: u32, // rows in a band
}
@group(0) @binding(1) var<storage, read> slope: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<Stored>;
@group(0) @binding(3) var<storage, read_write> slope_sums: array<vec4f>; // [bands, cols]
@group(0) @binding(4) var<storage, read_write> bias_sums: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let first = id.y * shape.band;
  if (id.x >= shape.cols4 || first >= shape.rows) { return; }
  let end = min(first + shape.band, shape.rows);
  let s = slope[id.x];
  var slope_sum = vec4f();
  var bias_sum = vec4f();
  for (var row = first; row < end; row++) {
    let i = row * shape.cols4 + id.x;
    let value = vec4f(x[i]);
    let upstream = vec4f(dy[i]);
    let gradient = select(s, vec4f(1), value > vec4f()) * upstream;
    slope_sum += min(value, vec4f()) * upstream;
    bias_sum += gradient;
    store(i, gradient);
  }
  slope_sums[id.y * shape.cols4 + id.x] = slope_sum;
  bias_sums[id.y * shape.cols4 + id.x] = bias_sum;
}
`;

/** The text of `shaders/prelu_backward_apart.wgsl`. */
export const preluBackwardApart: string = `// PReLU's gradient goes into memory of its own.

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(5) var<storage, read_write> dx: array<Stored>;

fn store(i: u32, gradient: vec4f) {
  dx[i] = Stored(gradient);
}
`;

/** The text of `shaders/prelu_backward_in_place.wgsl`. */
export const preluBackwardInPlace: string = `// PReLU's gradient goes where its input was: nobody reads that afterwards.

@group(0) @binding(0) var<storage, read_write> x: array<Stored>;

fn store(i: u32, gradient: vec4f) {
  x[i] = Stored(gradient);
}
`;

/** The text of `shaders/reduce_sum.wgsl`. */
export const reduceSum: string = `// One partial sum for each workgroup: 64 invocations add up to CHUNK values of the input, then a tree in a
// fixed order adds theirs, so that the result is the same on every run.

struct Shape {
  size: u32,
  scale: f32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * CHUNK;
  let end = min(first + CHUNK, shape.size);
  var sum = 0.0;
  for (var i = first + lane; i < end; i += 64u) { sum += a[i]; }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { out[group.x] = sums[0] * shape.scale; }
}
`;

/** The text of `shaders/resize_extents.wgsl`. */
export const resizeExtents: string = `// Copies [outer, middle, inner] into other middle and inner extents: what is added is zero, what does not
// fit is dropped. Pads odd channel counts to multiples of 4 and takes the padding off again.

struct Shape {
  size: u32, // of the output
  from_middle: u32,
  from_inner: u32,
  to_middle: u32,
  to_inner: u32,
}
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size) { return; }
  let inner = i % shape.to_inner;
  let middle = (i / shape.to_inner) % shape.to_middle;
  let outer = i / (shape.to_inner * shape.to_middle);
  var value = 0.0;
  if (inner < shape.from_inner && middle < shape.from_middle) {
    value = source[(outer * shape.from_middle + middle) * shape.from_inner + inner];
  }
  out[i] = value;
}
`;

/** The text of `shaders/row_norms.wgsl`. */
export const rowNorms: string = `// L2 norms of the rows of a matrix, and the rows divided by them. Norms below 1e-12 count as 1e-12. Linked with
// row_of_group.wgsl.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> norms: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = share_of(id, group, groups, lane);
  let end = select(0u, shape.cols4, share.row < shape.rows);
  let first = share.row * shape.cols4;
  var sum = 0.0;
  for (var i = share.first; i < end; i += share.step) {
    let value = x[first + i];
    sum += dot(value, value);
  }
  let norm = max(sqrt(over_row(sum, lane)), 1e-12);
  if (share.first == 0u && end > 0u) { norms[share.row] = norm; }
  for (var i = share.first; i < end; i += share.step) { y[first + i] = x[first + i] / norm; }
}
`;

/** The text of `shaders/row_norms_backward.wgsl`. */
export const rowNormsBackward: string = `// The gradient of y = x / |x| by rows: dx = (dy - (dy . y) y) / |x|, the part of dy that is tangent to the
// sphere. With ACCUMULATE it is added to what stands in dx. Linked with row_of_group.wgsl.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> y: array<vec4f>;
@group(0) @binding(1) var<storage, read> norms: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = share_of(id, group, groups, lane);
  let end = select(0u, shape.cols4, share.row < shape.rows);
  let first = share.row * shape.cols4;
  var sum = 0.0;
  for (var i = share.first; i < end; i += share.step) { sum += dot(dy[first + i], y[first + i]); }
  let along = over_row(sum, lane);
  let norm = norms[share.row];
  for (var i = share.first; i < end; i += share.step) {
    var gradient = (dy[first + i] - along * y[first + i]) / norm;
    if (ACCUMULATE) { gradient += dx[first + i]; }
    dx[first + i] = gradient;
  }
}
`;

/** The text of `shaders/row_of_group.wgsl`. */
export const rowOfGroup: string = `// Who works on which row: a workgroup of 64 on each, or, where SERIAL, an invocation on each. A rasteriser
// emulates barriers, and loads lane by lane whatever lies side by side; GPUs want neighbours to load neighbours.

var<workgroup> sums: array<f32, 64>;

struct Share {
  row: u32,
  first: u32, // column of vec4
  step: u32,
}

fn share_of(id: vec3u, group: vec3u, groups: vec3u, lane: u32) -> Share {
  if (SERIAL) { return Share(id.x, 0u, 1u); }
  return Share(group.x + group.y * groups.x, lane, 64u);
}

// The sum over all invocations of a row.
fn over_row(sum: f32, lane: u32) -> f32 {
  if (SERIAL) { return sum; }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  workgroupBarrier();
  return sums[0];
}
`;

/** The text of `shaders/row_squares.wgsl`. */
export const rowSquares: string = `// Squared lengths of the rows of a matrix. Linked with row_of_group.wgsl.

struct Shape {
  rows: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> squares: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(
  @builtin(global_invocation_id) id: vec3u,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let share = share_of(id, group, groups, lane);
  let end = select(0u, shape.cols4, share.row < shape.rows);
  let first = share.row * shape.cols4;
  var sum = 0.0;
  for (var i = share.first; i < end; i += share.step) {
    let value = x[first + i];
    sum += dot(value, value);
  }
  sum = over_row(sum, lane);
  if (share.first == 0u && end > 0u) { squares[share.row] = sum; }
}
`;

/** The text of `shaders/sgd.wgsl`. */
export const sgd: string = `// One step of stochastic gradient descent with momentum and weight decay, in Caffe's form (the learning
// rate goes into the velocity) or PyTorch's (it multiplies the velocity). Each invocation takes VECTORS vec4 in
// a row, each loaded once. Linked with sgd_unscaled.wgsl or sgd_scaled.wgsl.

struct Step {
  size4: u32,
  learning_rate: f32,
  momentum: f32,
  weight_decay: f32,
}
@group(0) @binding(0) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> velocities: array<vec4f>;
@group(1) @binding(0) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (skips()) { return; }
  let first = (id.x + id.y * groups.x * 64u) * VECTORS;
  let end = min(first + VECTORS, step.size4);
  for (var i = first; i < end; i++) {
    let weight = weights[i];
    let gradient = unscaled(gradients[i]) + step.weight_decay * weight;
    if (CAFFE) {
      let velocity = step.momentum * velocities[i] + step.learning_rate * gradient;
      velocities[i] = velocity;
      weights[i] = weight - velocity;
    } else {
      let velocity = step.momentum * velocities[i] + gradient;
      velocities[i] = velocity;
      weights[i] = weight - step.learning_rate * velocity;
    }
  }
}
`;

/** The text of `shaders/sgd_scaled.wgsl`. */
export const sgdScaled: string = `// Gradients of a scaled loss (see loss_scale_check.wgsl): divided by the scale, or not taken at all.

struct LossScale {
  scale: f32,
  good_steps: f32,
  overflow: u32,
}
@group(0) @binding(3) var<storage, read> loss_scale: LossScale;

fn skips() -> bool { return loss_scale.overflow != 0u; }
fn unscaled(gradient: vec4f) -> vec4f { return gradient / loss_scale.scale; }
`;

/** The text of `shaders/sgd_unscaled.wgsl`. */
export const sgdUnscaled: string = `// Gradients as they are; every step is taken.

fn skips() -> bool { return false; }
fn unscaled(gradient: vec4f) -> vec4f { return gradient; }
`;

/** The text of `shaders/softmax.wgsl`. */
export const softmax: string = `// Softmax along the rows of a matrix [rows, classes], one invocation a row.

struct Shape {
  rows: u32,
  classes: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= shape.rows) { return; }
  let first = row * shape.classes;
  // Never less than the classes: see gemm_registers.wgsl.
  let limit = min(first + shape.classes, ~row);
  var peak = x[first];
  for (var i = first + 1u; i < limit; i++) { peak = max(peak, x[i]); }
  var sum = 0.0;
  for (var i = first; i < limit; i++) { sum += exp(x[i] - peak); }
  for (var i = first; i < limit; i++) { y[i] = exp(x[i] - peak) / sum; }
}
`;

/** The text of `shaders/softmax_backward.wgsl`. */
export const softmaxBackward: string = `// The gradient of softmax along rows: dx = y (dy - sum of dy y), one invocation a row.

struct Shape {
  rows: u32,
  classes: u32,
}
@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.x + id.y * groups.x * 64u;
  if (row >= shape.rows) { return; }
  let first = row * shape.classes;
  // Never less than the classes: see gemm_registers.wgsl.
  let limit = min(first + shape.classes, ~row);
  var sum = 0.0;
  for (var i = first; i < limit; i++) { sum += dy[i] * y[i]; }
  for (var i = first; i < limit; i++) { dx[i] = y[i] * (dy[i] - sum); }
}
`;

/** The text of `shaders/softmax_cross_entropy.wgsl`. */
export const softmaxCrossEntropy: string = `// Softmax cross-entropy over logits [batch, classes], one workgroup a sample. Out go
//   delta[i, j]   the gradient of the mean loss by each logit
//   outcomes[i]   the loss, 1 where the largest logit is the target's, the target's logit, 0

struct Shape {
  classes: u32,
  stride: u32, // columns of the logits, classes padded to a multiple of 4
  scale: f32, // 1 / batch
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> outcomes: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> delta: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> scratch: array<f32, 64>;

fn largest(lane: u32, value: f32) -> f32 {
  scratch[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] = max(scratch[lane], scratch[lane + half]); }
  }
  workgroupBarrier();
  let result = scratch[0];
  workgroupBarrier();
  return result;
}

fn total(lane: u32, value: f32) -> f32 {
  scratch[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  workgroupBarrier();
  let result = scratch[0];
  workgroupBarrier();
  return result;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = group.x;
  let first = sample * shape.stride;
  let label = labels[sample];
  let own = logits[first + label];

  var rival = LOWEST;
  for (var j = lane; j < shape.classes; j += 64u) {
    if (j != label) { rival = max(rival, logits[first + j]); }
  }
  rival = largest(lane, rival);
  let peak = max(rival, own);
  var sum = 0.0;
  for (var j = lane; j < shape.classes; j += 64u) { sum += exp(logits[first + j] - peak); }
  let normaliser = total(lane, sum);

  for (var j = lane; j < shape.stride; j += 64u) {
    var d = 0.0;
    if (j < shape.classes) { d = exp(logits[first + j] - peak) / normaliser; }
    if (j == label) { d -= 1.0; }
    delta[first + j] = d * shape.scale;
  }
  if (lane == 0u) {
    let loss = capped_loss(log(normaliser) + (peak - own));
    outcomes[sample] = vec4f(loss, select(0.0, 1.0, own > rival), own, 0.0);
  }
}
`;

/** The text of `shaders/sum_parts.wgsl`. */
export const sumParts: string = `// out = sum of \`parts\` consecutive vectors of \`size4\` vec4, or out += that sum.

struct Shape {
  size4: u32,
  parts: u32,
  accumulate: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size4) { return; }
  var sum = vec4f();
  for (var p = 0u; p < shape.parts; p++) { sum += parts[p * shape.size4 + i]; }
  if (shape.accumulate != 0u) { sum += out[i]; }
  out[i] = sum;
}
`;

/** The text of `shaders/synthetic_camera.wgsl`. */
export const syntheticCamera: string = `// Develops the light of synthetic faces into a photograph: blur, tone, sensor noise, and RGB bytes
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
`;

/** The text of `shaders/synthetic_faces.wgsl`. */
export const syntheticFaces: string = `// Draws heads that nobody has: each pixel's ray is marched through the distance field of synthetic_head.wgsl.
// One invocation a pixel, one ray each: painted edges are as soft as the pixel is wide, and the silhouette
// is blended by how closely a ray misses, so that nothing jags.

struct Shape {
  width: u32,
  height: u32,
  images: u32,
}

@group(0) @binding(0) var<storage, read> faces: array<Face>;
@group(0) @binding(1) var<storage, read_write> light: array<vec4f>; // [images, height, width], linear
@group(1) @binding(0) var<uniform> shape: Shape;

const MARCH_STEPS = 40;
const BOUNDING_RADIUS = 2.2;

// ---- light ----

// The gradient of the field from the corners of a tetrahedron as wide as the pixel, which smooths away
// what the pixel is too coarse to show. A loop, so that the field is compiled once.
fn normal_at(p: vec3f, width: f32) -> vec3f {
  var sum = vec3f(0.0);
  for (var i = 0; i < 4; i++) {
    let corner = vec3f(f32((i + 3) >> 1u & 1), f32(i >> 1u & 1), f32(i & 1)) * 2.0 - 1.0;
    sum += corner * distance_field(p + corner * width);
  }
  return normalize(sum + vec3f(0.0, 0.0, 1e-9)); // where the field is flat, sum is zero
}

// Two looks along the normal: a surface nearer than it should be hides part of the sky.
fn openness(p: vec3f, normal: vec3f) -> f32 {
  var hidden = 0.0;
  for (var i = 1; i <= 2; i++) {
    let reach = 0.12 * f32(i);
    hidden += max(0.0, reach - distance_field(p + normal * reach)) / f32(i);
  }
  return saturate(1.0 - 2.5 * hidden);
}

// How much of a broad lamp a point sees: the narrowest gap on the way, relative to the way.
fn lit(p: vec3f) -> f32 {
  var gap = 1.0;
  var t = 0.08;
  for (var i = 0; i < 7; i++) {
    let d = distance_field(p + face.key_direction * t);
    gap = min(gap, 5.0 * d / t);
    t += clamp(d, 0.06, 0.35);
    if (gap < 0.0) { break; }
  }
  return smoothstep(0.0, 1.0, gap);
}

// ---- colour ----

fn hash(x: u32) -> u32 { // PCG's output permutation
  let state = x * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn random(x: u32) -> f32 { return f32(hash(x) >> 8u) / 16777216.0; }

// Value noise in the plane.
fn noise(p: vec2f, seed: u32) -> f32 {
  let cell = vec2i(floor(p));
  let f = smoothstep(vec2f(0.0), vec2f(1.0), fract(p));
  let row = hash(seed + bitcast<u32>(cell.y));
  let next = hash(seed + bitcast<u32>(cell.y + 1));
  let x = bitcast<u32>(cell.x);
  return mix(
    mix(random(row + x), random(row + x + 1u), f.x),
    mix(random(next + x), random(next + x + 1u), f.x),
    f.y,
  );
}

// 1 inside a painted area, 0 outside, and as soft at the border as the pixel is wide.
fn inside(distance: f32, width: f32) -> f32 { return saturate(0.5 - distance / width); }

fn paint_mole(color: vec3f, p: vec3f, mole: vec3f, width: f32) -> vec3f {
  let present = select(0.0, 0.8, mole.z > 0.0);
  return mix(color, vec3f(0.06, 0.025, 0.015), present * inside(length(p.xy - mole.xy) - mole.z, width));
}

fn paint_lips(color: vec3f, p: vec3f, width: f32) -> vec3f {
  let across = p.x / face.mouth_width;
  let taper = max(0.0, 1.0 - across * across);
  let bow = 1.0 - 0.35 * max(0.0, 1.0 - 12.0 * across * across);
  let v = mouth_height(p);
  let gap = 0.5 * face.mouth_gap * taper;
  let top = gap + face.upper_lip * bow * taper;
  let bottom = -gap - face.lower_lip * sqrt(taper);
  let lips = inside(max(v - top, bottom - v), 0.03 + width);
  let within = taper * 8.0; // fades out at the corners
  let line = inside(abs(v) - gap - 0.008, 0.02 + width) * saturate(within);
  let teeth = inside(v - gap + 0.02, width) * inside(gap * 0.1 - v, width) * saturate(12.0 * gap);
  let hollow = mix(vec3f(0.05, 0.015, 0.012), vec3f(0.6, 0.57, 0.5), teeth);
  let painted = mix(color, face.lip_color, lips * saturate(within));
  return mix(painted, mix(painted * 0.35, hollow, saturate(20.0 * gap)), line);
}

fn paint_brow(color: vec3f, p: vec3f, width: f32) -> vec3f {
  let u = (abs(p.x) - face.eye.x) / face.brow.z; // -1 at the nose, 1 at the temple
  let middle = face.brow.x + face.brow.w * (0.6 - u * u) + face.brow_slope * u * 0.25;
  let ends = saturate(1.25 - 0.65 * max(u, 0.0)) * saturate(3.0 * (1.08 - abs(u)));
  let thickness = face.brow.y * ends;
  let hairs = 0.75 + 0.25 * noise(vec2f(40.0 * p.x, 16.0 * p.y), face.texture);
  let area = inside(abs(p.y - middle) - thickness, 0.035 + width);
  return mix(color, face.brow_color, area * face.brow_density * hairs * saturate(9.0 * ends));
}

fn paint_eye(color: vec3f, p: vec3f, width: f32) -> vec3f {
  let side = sign(p.x);
  let q = vec2f(abs(p.x) - face.eye.x, p.y);
  // Turned by the tilt, small enough for sine and cosine to be dropped.
  let r = vec2f(q.x + face.eye_tilt * q.y, q.y - face.eye_tilt * q.x);
  let u = r.x / face.eye.y;
  let arc = 1.0 - u * u;
  let upper = face.eye.z * arc * (1.15 - 0.25 * u);
  let lower = -face.eye.w * arc * (1.0 + 0.3 * u);
  let opening = inside(max(r.y - upper, lower - r.y), width) * step(0.0, arc);
  let to_iris = length(q - vec2f(side * face.gaze.x * 0.07, face.gaze.y * 0.03 + 0.012));
  let iris = mix(face.iris, face.iris * 0.3, smoothstep(0.06, 0.09, to_iris));
  var ball = mix(vec3f(0.62, 0.58, 0.55), iris, inside(to_iris - 0.088, width));
  ball = mix(ball, vec3f(0.004), inside(to_iris - 0.036, width));
  let shadow = 0.45 + 0.55 * smoothstep(0.0, 0.07, upper - r.y); // of the upper lid
  let lid_fold = inside(abs(r.y - upper - 0.06) - 0.006, 0.03 + width) * saturate(3.0 * arc);
  let lashes = inside(abs(r.y - upper) - 0.02, 0.012 + width) * saturate(4.0 * arc);
  let skin = mix(color, color * 0.6, lid_fold);
  return mix(mix(skin, ball * shadow, opening), vec3f(0.02, 0.012, 0.01), 0.85 * lashes);
}

fn skin_at(p: vec3f, width: f32) -> vec3f {
  var color = face.skin_color;
  let blush = hill(vec2f(abs(p.x) - 0.5, p.y + 0.45), vec2f(0.4, 0.35)) +
    hill(vec2f(p.x, p.y + face.nose.x), vec2f(0.2, 0.2));
  color *= vec3f(1.0) + blush * vec3f(0.06, -0.08, -0.06);
  color *= 0.94 + 0.12 * noise(p.xy * 9.0, face.texture + 7u);
  if (p.z < 0.2) { return color; }
  let freckle = smoothstep(0.62, 0.8, noise(p.xy * 26.0, face.texture + 3u));
  let around_nose = hill(vec2f(p.x, p.y + 0.25), vec2f(0.9, 0.55));
  color *= 1.0 - face.freckles * freckle * around_nose * vec3f(0.35, 0.55, 0.6);
  let below = smoothstep(-0.55, -0.85, p.y + 0.25 * abs(p.x) - 0.12);
  let stubble = face.stubble * below * (0.75 + 0.25 * noise(p.xy * 45.0, face.texture + 5u));
  color = mix(color, face.brow_color * 0.6 + color * 0.15, 0.75 * stubble);
  color = paint_mole(paint_mole(color, p, face.mole_a, width), p, face.mole_b, width);
  let nostril = vec2f(abs(p.x) - 0.55 * face.nose.y, p.y + face.nose.x + 0.085) / vec2f(0.045, 0.022);
  color = mix(color, color * 0.15, inside(length(nostril) - 1.0, 1.2));
  color = paint_lips(color, p, width);
  color = paint_eye(color, p, width);
  return paint_brow(color, p, width);
}

fn hair_at(p: vec3f) -> vec3f {
  let across = p.x + 0.35 * sin(2.0 * p.y) * p.x;
  let strands = noise(vec2f(26.0 * across, 3.0 * p.y + 3.0 * p.z), face.texture + 11u);
  return face.hair_color * (0.55 + 0.9 * strands);
}

// What the camera sees of the surface at p.
fn shade(p: vec3f, ray: vec3f, width: f32) -> vec3f {
  let normal = normal_at(p, max(0.012, 0.6 * width));
  let has_hair = face.hair.y > 0.0;
  let over = skin_distance(p) - select(9.0, hair_distance(p), has_hair);
  let hairy = saturate(0.5 + over / (0.03 + width));
  var albedo = mix(skin_at(p, width), hair_at(p), hairy);
  albedo = mix(albedo, face.clothes, inside(p.y + 1.75, width));
  let facing = dot(normal, face.key_direction);
  var lamp = 0.0;
  if (facing > -0.2) { lamp = lit(p + normal * 0.03); }
  // Light creeps a little around skin, and reddens on its way.
  let wrap = max(vec3f(0.0), (facing + vec3f(0.22, 0.1, 0.08)) / vec3f(1.22, 1.1, 1.08));
  let sky = mix(face.ground_light, face.sky_light, 0.5 + 0.5 * normal.y) * openness(p, normal);
  let halfway = max(0.0, dot(normal, normalize(face.key_direction - ray)));
  let sheen = face.gloss * mix(0.5 * pow(halfway, 18.0), 0.25 * pow(halfway, 8.0), hairy);
  return albedo * (face.key_light * wrap * lamp + sky) + sheen * face.key_light * lamp * 0.5;
}

// ---- what is not head ----

fn backdrop(uv: vec2f) -> vec3f {
  let direction = vec2f(cos(face.backdrop_angle), sin(face.backdrop_angle));
  var color = mix(face.backdrop_from, face.backdrop_to, saturate(0.5 + dot(uv, direction)));
  for (var i = 0u; i < 4u; i++) { // out-of-focus things
    let seed = face.seed + 16u * i;
    let centre = vec2f(random(seed), random(seed + 1u)) - 0.5;
    let radius = 0.1 + 0.3 * random(seed + 2u);
    let thing = vec3f(random(seed + 3u), random(seed + 4u), random(seed + 5u)) * random(seed + 6u);
    color = mix(color, thing, 0.8 * face.clutter * smoothstep(radius, 0.6 * radius, length(uv - centre)));
  }
  return color;
}

fn shoulders(color: vec3f, ray: vec3f, width: f32) -> vec3f {
  let p = face.origin + ray * ((-0.4 - face.origin.z) / ray.z);
  let cloth = face.clothes * (face.sky_light + 0.4 * face.key_light);
  return mix(color, cloth, inside(p.y + 1.6 + 0.15 * abs(p.x), width));
}

// Glasses are drawn on a plane before the eyes: exact parallax for the price of one intersection.
fn wear_glasses(color: vec3f, ray: vec3f, width: f32) -> vec3f {
  let p = face.origin + ray * ((1.02 - face.origin.z) / ray.z);
  let q = vec2f(abs(p.x) - face.eye.x - 0.02, p.y + 0.03);
  let rounding = 0.1;
  let rim = length(max(abs(q) - face.glasses_size + rounding, vec2f(0.0))) - rounding;
  let gap = abs(p.x) - face.eye.x + face.glasses_size.x;
  let bridge = max(abs(p.y - 0.02) - face.glasses_frame, gap);
  let lens = face.glasses_shade * inside(rim, width);
  let streak = smoothstep(0.11, 0.05, abs(q.x + q.y)); // a window mirrored in the lens
  let seen = color * (1.0 - lens) + 0.45 * streak * lens * face.sky_light;
  let frame_color = face.glasses_color * (face.sky_light + 0.5 * face.key_light);
  return mix(seen, frame_color, inside(min(abs(rim) - face.glasses_frame, bridge), width));
}

// ---- the ray ----

// Where a ray comes nearest to the head: distance along the ray, and how far off it passes in pixels.
fn march(ray: vec3f) -> vec2f {
  let middle = -dot(face.origin, ray);
  let square = middle * middle - dot(face.origin, face.origin) + BOUNDING_RADIUS * BOUNDING_RADIUS;
  if (square <= 0.0) { return vec2f(0.0, 9.0); }
  var t = middle - sqrt(square);
  let end = middle + sqrt(square);
  var nearest = vec2f(t, 9.0);
  for (var i = 0; i < MARCH_STEPS; i++) {
    let d = distance_field(face.origin + ray * t);
    let off = d / (face.pixel_width * t);
    if (off < nearest.y) { nearest = vec2f(t, off); }
    if (off < 0.3 || t > end) { break; }
    t += 0.9 * d;
  }
  return nearest;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.width || id.y >= shape.height) { return; }
  face = faces[id.z];
  let pixel = vec2f(id.xy);
  let ray = normalize(face.corner + pixel.x * face.right + pixel.y * face.down);
  let hit = march(ray);
  let size = vec2f(f32(shape.width), f32(shape.height));
  let coverage = saturate(1.3 - hit.y);
  var color = vec3f(0.0);
  if (coverage < 1.0) {
    let width = 2.0 * face.pixel_width * length(face.origin);
    color = shoulders(backdrop((pixel + 0.5) / size - 0.5), ray, width);
  }
  if (coverage > 0.0) {
    color = mix(color, shade(face.origin + ray * hit.x, ray, face.pixel_width * hit.x), coverage);
  }
  if (face.glasses_frame > 0.0) {
    color = wear_glasses(color, ray, face.pixel_width * length(face.origin));
  }
  light[(id.z * shape.height + id.y) * shape.width + id.x] = vec4f(color * face.exposure, 1.0);
}
`;

/** The text of `shaders/synthetic_head.wgsl`. */
export const syntheticHead: string = `// The shape of a synthetic head: its parameters and a signed distance field made of them. Valid alone, but
// without an entry point: synthetic_faces.wgsl is linked behind it.
// Head space: x to the image's right, y up from the line through the eyes, z towards the camera; 1 is 75 mm.

struct Face {
  origin: vec3f, // of all rays, in head space
  pixel_width: f32, // at distance 1
  corner: vec3f, // direction through the first pixel
  right: vec3f, // added to the direction for each pixel to the right
  down: vec3f, // and for each further down
  seed: u32,
  key_direction: vec3f,
  exposure: f32,
  key_light: vec3f,
  sky_light: vec3f,
  ground_light: vec3f,
  gloss: f32,
  backdrop_from: vec3f,
  backdrop_angle: f32,
  backdrop_to: vec3f,
  clutter: f32,
  clothes: vec3f,
  texture: u32,
  skull: vec3f, // half axes
  jaw_drop: f32, // how far an open mouth lowers the chin
  jaw: vec3f, // half axes
  mouth_y: f32,
  chin: vec3f, // centre's y and z, and half width
  mouth_width: f32,
  cheek: vec3f, // cheekbone's y and height, fullness below
  smile: f32,
  nose: vec4f, // length, half width, bridge and tip radius
  nose_depth: f32,
  nose_hump: f32,
  upper_lip: f32,
  lower_lip: f32,
  eye: vec4f, // half distance, half width, upper and lower opening
  eye_tilt: f32,
  eye_depth: f32,
  gaze: vec2f,
  iris: vec3f,
  mouth_gap: f32,
  brow: vec4f, // height, half thickness, half length, arch
  brow_color: vec3f,
  brow_density: f32,
  brow_slope: f32,
  brow_ridge: f32,
  freckles: f32,
  stubble: f32,
  lip_color: vec3f,
  glasses_frame: f32,
  skin_color: vec3f,
  glasses_shade: f32,
  glasses_color: vec3f,
  ear_y: f32,
  glasses_size: vec2f,
  ear_size: f32,
  ear_x: f32,
  hair: vec4f, // thickness at side and top, height of the hairline, half width of the window
  hair_color: vec3f,
  hair_parting: f32,
  mole_a: vec3f, // x, y, radius
  hair_end: f32,
  mole_b: vec3f,
  hair_curl: f32,
}

// A copy of the face's parameters that the functions share, since loads are what costs in software.
var<private> face: Face;

// ---- shapes ----

// Nearly the distance to an ellipsoid about the origin (exact only on its surface).
fn ellipsoid(p: vec3f, axes: vec3f) -> f32 {
  let scaled = p / axes;
  let inner = length(scaled);
  return inner * (inner - 1.0) / length(scaled / axes);
}

// The distance to a rod that grows from one radius to another.
fn rod(p: vec3f, from_end: vec3f, to_end: vec3f, from_radius: f32, to_radius: f32) -> f32 {
  let axis = to_end - from_end;
  let along = saturate(dot(p - from_end, axis) / dot(axis, axis));
  return length(p - from_end - along * axis) - mix(from_radius, to_radius, along);
}

// Unites two shapes with a fillet of width k.
fn smooth_union(a: f32, b: f32, k: f32) -> f32 {
  let h = max(k - abs(a - b), 0.0) / k;
  return min(a, b) - 0.25 * k * h * h;
}

fn smooth_intersection(a: f32, b: f32, k: f32) -> f32 { return -smooth_union(-a, -b, k); }

// A smooth hill of height 1 over an ellipse; cheaper than uniting another ellipsoid.
fn hill(offset: vec2f, extent: vec2f) -> f32 {
  let q = offset / extent;
  let h = max(0.0, 1.0 - dot(q, q));
  return h * h;
}

// ---- the head ----

// Position over the lips' border: a smile bends the mouth, so the face is bent back instead.
fn mouth_height(p: vec3f) -> f32 {
  let across = p.x / face.mouth_width;
  return p.y - face.mouth_y - face.smile * 0.1 * (across * across - 0.2);
}

// How far the small forms of the face stand out from the skull, seen from the front.
fn relief(q: vec3f) -> f32 {
  let v = mouth_height(q);
  let width = 1.15 * face.mouth_width;
  let gap = 0.5 * face.mouth_gap;
  let above = vec2f(q.x, v - gap - 0.45 * face.upper_lip);
  let below = vec2f(q.x, v + gap + 0.5 * face.lower_lip);
  let upper = face.upper_lip * hill(above, vec2f(width, 1.3 * face.upper_lip));
  let lower = face.lower_lip * hill(below, vec2f(width, 1.2 * face.lower_lip));
  let bones = face.brow_ridge * hill(q.xy - vec2f(0.36, 0.2), vec2f(0.5, 0.22)) +
    face.cheek.y * hill(q.xy - vec2f(0.62, face.cheek.x), vec2f(0.45, 0.4));
  let flesh = face.cheek.z * hill(q.xy - vec2f(0.5, -0.75), vec2f(0.4, 0.45)) +
    0.07 * max(0.0, face.smile) * hill(q.xy - vec2f(0.5, -0.55), vec2f(0.28, 0.3));
  let socket = face.eye_depth * hill(q.xy - vec2f(face.eye.x, 0.03), vec2f(0.36, 0.27));
  return saturate(3.0 * (q.z - 0.15)) * (0.7 * (upper + lower) + bones + flesh - socket);
}

fn nose_distance(q: vec3f) -> f32 {
  let tip = vec3f(0.0, -face.nose.x, face.nose_depth);
  let root = vec3f(0.0, 0.12, 0.84);
  let hump = vec3f(0.0, 0.0, face.nose_hump * hill(vec2f(q.y + 0.2, 0.0), vec2f(0.3, 1.0)));
  let bridge = rod(q - hump, root, tip, face.nose.z, 0.8 * face.nose.w);
  let end = length(q - tip) - face.nose.w;
  let wing = ellipsoid(
    q - vec3f(face.nose.y - 0.04, tip.y - 0.02, tip.z - 0.17),
    vec3f(0.09, 0.09, 0.13),
  );
  return smooth_union(smooth_union(bridge, end, 0.08), wing, 0.06);
}

fn skin_distance(p: vec3f) -> f32 {
  let q = vec3f(abs(p.x), p.yz); // the head is symmetric
  let drop = vec3f(0.0, face.jaw_drop, 0.0);
  var d = ellipsoid(q - vec3f(0.0, 0.3, -0.15), face.skull);
  d = smooth_union(d, ellipsoid(q - vec3f(0.0, -0.55, 0.1) + 0.5 * drop, face.jaw), 0.3);
  d = smooth_union(
    d,
    ellipsoid(q - vec3f(0.0, face.chin.xy) + drop, vec3f(face.chin.z, 0.22, 0.28)),
    0.25,
  );
  d -= relief(q);
  d = smooth_union(d, nose_distance(q), 0.1);
  let eyeball = vec3f(face.eye.x, 0.0, 0.66 - face.eye_depth);
  d = smooth_union(d, length(q - eyeball) - 0.2, 0.04);
  let ear = vec3f(face.ear_x, face.ear_y, -0.2);
  d = smooth_union(d, ellipsoid(q - ear, vec3f(0.08, face.ear_size, 0.17)), 0.06);
  let neck = max(length(q.xz - vec2f(0.0, -0.25)) - 0.56, q.y + 0.9);
  return smooth_union(d, neck, 0.12);
}

// A shell around the skull and two locks beside the face, opened by the window that the face looks out of.
fn hair_distance(p: vec3f) -> f32 {
  let q = vec3f(abs(p.x), p.yz);
  let grown = face.skull + vec3f(face.hair.x, face.hair.y, max(face.hair.x, 0.05));
  var d = ellipsoid(q - vec3f(0.0, 0.3, -0.15), grown);
  let lock_length = max(0.3, 0.5 - 0.6 * face.hair_end);
  let lock = vec3f(0.84, 0.3 - 0.5 * lock_length, -0.2);
  let locks = ellipsoid(q - lock, vec3f(0.18 + face.hair.x, lock_length, 0.5));
  d = smooth_union(d, select(1.0, locks, face.hair_end < -0.4), 0.2);
  d = smooth_intersection(d, face.hair_end - p.y, 0.15);
  let curls = sin(11.0 * p.x) * sin(10.0 * p.y + 1.0) * sin(10.0 * p.z);
  d -= face.hair_curl * curls;
  let height = 1.35;
  let window = vec3f(face.hair_parting * 0.35, face.hair.z - height, 0.85);
  let lean = p.x * face.hair_parting * 0.5;
  let opening = ellipsoid(p - window - vec3f(0.0, lean, 0.0), vec3f(face.hair.w, height, 1.05));
  let tufts = 0.012 * sin(23.0 * p.x) * sin(17.0 * p.x + 9.0 * p.y);
  return smooth_intersection(d, tufts - opening, 0.2);
}

fn distance_field(p: vec3f) -> f32 {
  return min(skin_distance(p), select(9.0, hair_distance(p), face.hair.y > 0.0));
}
`;

/** The text of `shaders/transpose.wgsl`. */
export const transpose: string = `// out[col, row] = a[row, col] through a tile in workgroup memory, so that both sides are touched in order.

struct Shape {
  rows: u32,
  cols: u32,
}
@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

var<workgroup> tile: array<array<f32, 17>, 16>; // one column more, so that columns lie in different banks

@compute @workgroup_size(16, 16)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let row = group.y * 16u + local.y;
  let col = group.x * 16u + local.x;
  if (row < shape.rows && col < shape.cols) { tile[local.y][local.x] = a[row * shape.cols + col]; }
  workgroupBarrier();
  let to_row = group.x * 16u + local.y;
  let to_col = group.y * 16u + local.x;
  if (to_row < shape.cols && to_col < shape.rows) {
    out[to_row * shape.rows + to_col] = tile[local.x][local.y];
  }
}
`;

/** The text of `shaders/unit_rows.wgsl`. */
export const unitRows: string = `// Divides the rows of a matrix in place by their lengths, whose squares are given; lengths below 1e-12 count as
// 1e-12. Each invocation takes VECTORS vec4 in a row, VECTORS a divisor of the columns.

struct Shape {
  size4: u32,
  cols4: u32,
}
@group(0) @binding(0) var<storage, read_write> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> squares: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let first = (id.x + id.y * groups.x * 64u) * VECTORS;
  if (first >= shape.size4) { return; }
  let norm = max(sqrt(squares[first / shape.cols4]), 1e-12);
  for (var i = first; i < first + VECTORS; i++) { x[i] /= norm; }
}
`;

/** The text of `shaders/warp.wgsl`. */
export const warp: string = `// Crops out of photos by affine maps: bilinear, black where a photo ends. Photos and crops are RGB bytes, the
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
`;

/** The text of `shaders/winograd.wgsl`. */
export const winograd: string = `// What the kernels of Winograd's convolution share. A 3 x 3 convolution of stride 1 is computed on tiles of
// its output: tile and kernel are both taken to a set of points (the transform), where convolving is
// multiplying, and the products are taken back. Over all channels the multiplications are one matrix product
// for each point. (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015.)
//
// The tile's side TILE is 2 or 4; the points form a square of side POINTS = TILE + 2. Linked with
// winograd_2x2.wgsl or winograd_4x4.wgsl, which walk the transforms and call \`take\` and \`give\`.

struct Winograd {
  height: u32,     // of the image that is read or written
  width: u32,
  channels4: u32,  // of that image, in vec4
  padding: u32,    // zero rows above the image and columns left of it
  tiles_down: u32, // in one image
  tiles_across: u32,
  tile_limit: u32, // in the batch
  first_tile: u32, // of this piece
  tiles: u32,      // in this piece
  first_col4: u32, // of the channels in this piece
  cols4: u32,
  rows: u32,       // rows of the weights' matrices
  rows4: u32,      // channels of one row of the weights as they are stored, in vec4
}
@group(1) @binding(0) var<uniform> g: Winograd;

// The invocation's tile or row of weights, and its channels.
var<private> row: u32;
var<private> col: u32;

// Where a point of the invocation's row and column lies in [points, rows, cols4]. Points are a few vec4 apart: at
// a power of two, what is written or read together would fall on the same lines of a processor's cache.
fn point(p: u32, rows: u32) -> u32 { return p * (rows * g.cols4 + GAP) + row * g.cols4 + col; }

// False past the end of the work.
fn locate(item: u32, rows: u32) -> bool {
  row = item / g.cols4;
  col = item - row * g.cols4;
  return row < rows;
}

// The tile's image, row and column of tiles.
fn tile_place() -> vec3u {
  let tile = g.first_tile + row;
  let line = tile / g.tiles_across;
  let image = line / g.tiles_down;
  return vec3u(image, line - image * g.tiles_down, tile - line * g.tiles_across);
}
fn exists() -> bool { return g.first_tile + row < g.tile_limit; }
`;

/** The text of `shaders/winograd_2x2.wgsl`. */
export const winograd2x2: string = `// Winograd's transforms for tiles of 2 x 2: points 0, 1, -1 and infinity. Each goes first down the
// columns of its square, then along the rows; \`take(i, j)\` is its source and \`give(p, value)\` its result, p
// counted along the rows.
//
// The second half is a loop that the compiler cannot unroll, \`~row\` being no smaller than any count: six copies of
// a kernel's stores take long to compile.

const TILE = 2u;
const POINTS = 4u;

struct Points { a: vec4f, b: vec4f, c: vec4f, d: vec4f }
struct Pixels { a: vec4f, b: vec4f }
struct Taps { a: vec4f, b: vec4f, c: vec4f }

fn input_line(d: Points) -> Points { return Points(d.a - d.c, d.b + d.c, d.c - d.b, d.b - d.d); }
fn gradient_line(d: Pixels) -> Points { return Points(d.a, d.a + d.b, d.a - d.b, -d.b); }
fn weight_line(w: Taps) -> Points {
  let even = 0.5 * (w.a + w.c);
  return Points(w.a, even + 0.5 * w.b, even - 0.5 * w.b, w.c);
}
fn output_line(m: Points) -> Pixels { return Pixels(m.a + m.b + m.c, m.b - m.c - m.d); }
fn weight_gradient_line(m: Points) -> Taps {
  let even = 0.5 * (m.b + m.c);
  return Taps(m.a + even, 0.5 * (m.b - m.c), even + m.d);
}

fn input_transform() {
  let a = input_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = input_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = input_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = input_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_points(i, input_line(Points(of_points(a, i), of_points(b, i), of_points(c, i), of_points(d, i))));
  }
}
fn gradient_transform() {
  let a = gradient_line(Pixels(take(0u, 0u), take(1u, 0u)));
  let b = gradient_line(Pixels(take(0u, 1u), take(1u, 1u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_points(i, gradient_line(Pixels(of_points(a, i), of_points(b, i))));
  }
}
fn weight_transform() {
  let a = weight_line(Taps(take(0u, 0u), take(1u, 0u), take(2u, 0u)));
  let b = weight_line(Taps(take(0u, 1u), take(1u, 1u), take(2u, 1u)));
  let c = weight_line(Taps(take(0u, 2u), take(1u, 2u), take(2u, 2u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_points(i, weight_line(Taps(of_points(a, i), of_points(b, i), of_points(c, i))));
  }
}
fn output_transform() {
  let a = output_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = output_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = output_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = output_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(2u, ~row); i++) {
    give_pixels(i, output_line(Points(of_pixels(a, i), of_pixels(b, i), of_pixels(c, i), of_pixels(d, i))));
  }
}
fn weight_gradient_transform() {
  let a = weight_gradient_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = weight_gradient_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = weight_gradient_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = weight_gradient_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(3u, ~row); i++) {
    give_taps(i, weight_gradient_line(Points(of_taps(a, i), of_taps(b, i), of_taps(c, i), of_taps(d, i))));
  }
}

fn give_points(i: u32, line: Points) {
  give(i * 4u + 0u, line.a);
  give(i * 4u + 1u, line.b);
  give(i * 4u + 2u, line.c);
  give(i * 4u + 3u, line.d);
}
fn give_pixels(i: u32, line: Pixels) {
  give(i * 2u + 0u, line.a);
  give(i * 2u + 1u, line.b);
}
fn give_taps(i: u32, line: Taps) {
  give(i * 3u + 0u, line.a);
  give(i * 3u + 1u, line.b);
  give(i * 3u + 2u, line.c);
}

fn of_points(p: Points, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), select(p.c, p.d, i == 3u), i >= 2u);
}
fn of_pixels(p: Pixels, i: u32) -> vec4f {
  return select(p.a, p.b, i == 1u);
}
fn of_taps(p: Taps, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), p.c, i == 2u);
}
`;

/** The text of `shaders/winograd_4x4.wgsl`. */
export const winograd4x4: string = `// Winograd's transforms for tiles of 4 x 4: points 0, 1, -1, 2, -2 and infinity. Each goes first down the
// columns of its square, then along the rows; \`take(i, j)\` is its source and \`give(p, value)\` its result, p
// counted along the rows.
//
// The second half is a loop that the compiler cannot unroll, \`~row\` being no smaller than any count: six copies of
// a kernel's stores take long to compile.

const TILE = 4u;
const POINTS = 6u;

struct Points { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f }
struct Pixels { a: vec4f, b: vec4f, c: vec4f, d: vec4f }
struct Taps { a: vec4f, b: vec4f, c: vec4f }

fn input_line(d: Points) -> Points {
  let even = d.e - 4.0 * d.c;
  let odd = d.d - 4.0 * d.b;
  let even2 = d.e - d.c;
  let odd2 = 2.0 * (d.d - d.b);
  return Points(4.0 * d.a - 5.0 * d.c + d.e, even + odd, even - odd, even2 + odd2, even2 - odd2,
    4.0 * d.b - 5.0 * d.d + d.f);
}
fn gradient_line(d: Pixels) -> Points {
  let even = d.a + d.c;
  let odd = d.b + d.d;
  let even2 = d.a + 4.0 * d.c;
  let odd2 = 2.0 * d.b + 8.0 * d.d;
  return Points(d.a, even + odd, even - odd, even2 + odd2, even2 - odd2, d.d);
}
fn weight_line(w: Taps) -> Points {
  let even = (w.a + w.c) / -6.0;
  let odd = w.b / -6.0;
  let even2 = (w.a + 4.0 * w.c) / 24.0;
  let odd2 = w.b / 12.0;
  return Points(w.a / 4.0, even + odd, even - odd, even2 + odd2, even2 - odd2, w.c);
}
fn output_line(m: Points) -> Pixels {
  let even = m.b + m.c;
  let odd = m.b - m.c;
  let even2 = m.d + m.e;
  let odd2 = 2.0 * (m.d - m.e);
  return Pixels(m.a + even + even2, odd + odd2, even + 4.0 * even2, odd + 4.0 * odd2 + m.f);
}
fn weight_gradient_line(m: Points) -> Taps {
  let even = (m.b + m.c) / -6.0;
  let even2 = (m.d + m.e) / 24.0;
  return Taps(m.a / 4.0 + even + even2, (m.b - m.c) / -6.0 + (m.d - m.e) / 12.0,
    even + 4.0 * even2 + m.f);
}

fn input_transform() {
  let a = input_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u), take(4u, 0u), take(5u, 0u)));
  let b = input_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u), take(4u, 1u), take(5u, 1u)));
  let c = input_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u), take(4u, 2u), take(5u, 2u)));
  let d = input_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u), take(4u, 3u), take(5u, 3u)));
  let e = input_line(Points(take(0u, 4u), take(1u, 4u), take(2u, 4u), take(3u, 4u), take(4u, 4u), take(5u, 4u)));
  let f = input_line(Points(take(0u, 5u), take(1u, 5u), take(2u, 5u), take(3u, 5u), take(4u, 5u), take(5u, 5u)));
  for (var i = 0u; i < min(6u, ~row); i++) {
    give_points(i, input_line(Points(of_points(a, i), of_points(b, i), of_points(c, i),
      of_points(d, i), of_points(e, i), of_points(f, i))));
  }
}
fn gradient_transform() {
  let a = gradient_line(Pixels(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = gradient_line(Pixels(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = gradient_line(Pixels(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = gradient_line(Pixels(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(6u, ~row); i++) {
    give_points(i, gradient_line(Pixels(of_points(a, i), of_points(b, i), of_points(c, i), of_points(d, i))));
  }
}
fn weight_transform() {
  let a = weight_line(Taps(take(0u, 0u), take(1u, 0u), take(2u, 0u)));
  let b = weight_line(Taps(take(0u, 1u), take(1u, 1u), take(2u, 1u)));
  let c = weight_line(Taps(take(0u, 2u), take(1u, 2u), take(2u, 2u)));
  for (var i = 0u; i < min(6u, ~row); i++) {
    give_points(i, weight_line(Taps(of_points(a, i), of_points(b, i), of_points(c, i))));
  }
}
fn output_transform() {
  let a = output_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u), take(4u, 0u), take(5u, 0u)));
  let b = output_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u), take(4u, 1u), take(5u, 1u)));
  let c = output_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u), take(4u, 2u), take(5u, 2u)));
  let d = output_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u), take(4u, 3u), take(5u, 3u)));
  let e = output_line(Points(take(0u, 4u), take(1u, 4u), take(2u, 4u), take(3u, 4u), take(4u, 4u), take(5u, 4u)));
  let f = output_line(Points(take(0u, 5u), take(1u, 5u), take(2u, 5u), take(3u, 5u), take(4u, 5u), take(5u, 5u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_pixels(i, output_line(Points(of_pixels(a, i), of_pixels(b, i), of_pixels(c, i),
      of_pixels(d, i), of_pixels(e, i), of_pixels(f, i))));
  }
}
fn weight_gradient_transform() {
  let a = weight_gradient_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u), take(4u, 0u), take(5u, 0u)));
  let b = weight_gradient_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u), take(4u, 1u), take(5u, 1u)));
  let c = weight_gradient_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u), take(4u, 2u), take(5u, 2u)));
  let d = weight_gradient_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u), take(4u, 3u), take(5u, 3u)));
  let e = weight_gradient_line(Points(take(0u, 4u), take(1u, 4u), take(2u, 4u), take(3u, 4u), take(4u, 4u), take(5u, 4u)));
  let f = weight_gradient_line(Points(take(0u, 5u), take(1u, 5u), take(2u, 5u), take(3u, 5u), take(4u, 5u), take(5u, 5u)));
  for (var i = 0u; i < min(3u, ~row); i++) {
    give_taps(i, weight_gradient_line(Points(of_taps(a, i), of_taps(b, i), of_taps(c, i),
      of_taps(d, i), of_taps(e, i), of_taps(f, i))));
  }
}

fn give_points(i: u32, line: Points) {
  give(i * 6u + 0u, line.a);
  give(i * 6u + 1u, line.b);
  give(i * 6u + 2u, line.c);
  give(i * 6u + 3u, line.d);
  give(i * 6u + 4u, line.e);
  give(i * 6u + 5u, line.f);
}
fn give_pixels(i: u32, line: Pixels) {
  give(i * 4u + 0u, line.a);
  give(i * 4u + 1u, line.b);
  give(i * 4u + 2u, line.c);
  give(i * 4u + 3u, line.d);
}
fn give_taps(i: u32, line: Taps) {
  give(i * 3u + 0u, line.a);
  give(i * 3u + 1u, line.b);
  give(i * 3u + 2u, line.c);
}

fn of_points(p: Points, i: u32) -> vec4f {
  return select(select(select(p.a, p.b, i == 1u), select(p.c, p.d, i == 3u), i >= 2u),
    select(p.e, p.f, i == 5u), i >= 4u);
}
fn of_pixels(p: Pixels, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), select(p.c, p.d, i == 3u), i >= 2u);
}
fn of_taps(p: Taps, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), p.c, i == 2u);
}
`;

/** The text of `shaders/winograd_image.wgsl`. */
export const winogradImage: string = `// Takes tiles of an image to the points: the input's transform, whose tiles overlap by two pixels, or
// (GRADIENT) the transform of the output's gradient, whose tiles do not.

@group(0) @binding(0) var<storage, read> image: array<Stored>;

var<private> base: u32;
var<private> corner: vec2i;

fn take(i: u32, j: u32) -> vec4f {
  let y = corner.x + i32(i);
  let x = corner.y + i32(j);
  let inside = y >= 0 && x >= 0 && y < i32(g.height) && x < i32(g.width);
  let at = base + u32(y * i32(g.width) + x) * g.channels4;
  return select(vec4f(), vec4f(image[select(base, at, inside)]), inside);
}
fn give(p: u32, value: vec4f) { panel_put(point(p, g.tiles), value); }

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (!locate(id.x + id.y * groups.x * 64u, g.tiles)) { return; }
  if (exists()) {
    let place = tile_place();
    base = place.x * g.height * g.width * g.channels4 + g.first_col4 + col;
    corner = vec2i(place.yz * TILE) - i32(g.padding);
  } else {
    base = 0u;
    corner = vec2i(i32(g.height)); // outside: the piece is filled up with zeros
  }
  if (GRADIENT) { gradient_transform(); } else { input_transform(); }
}
`;

/** The text of `shaders/winograd_output.wgsl`. */
export const winogradOutput: string = `// Takes products at the points back to pixels of the output. Linked with an epilogue.

@group(0) @binding(0) var<storage, read> products: array<vec4f>;

var<private> base: u32;
var<private> corner: vec2u;

fn cols4() -> u32 { return g.channels4; }
fn out_row(row: u32, z: u32) -> u32 { return row; }
fn layer_gap() -> u32 { return 0u; }
fn rows(z: u32) -> u32 { return 0u; } // one layer: nobody asks

fn take(i: u32, j: u32) -> vec4f { return products[point(i * POINTS + j, g.tiles)]; }
fn give(p: u32, value: vec4f) {
  let y = corner.x + p / TILE;
  let x = corner.y + p % TILE;
  if (y < g.height && x < g.width) { store(base + y * g.width + x, g.first_col4 + col, 0u, value); }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (!locate(id.x + id.y * groups.x * 64u, g.tiles) || !exists()) { return; }
  let place = tile_place();
  base = place.x * g.height * g.width;
  corner = place.yz * TILE;
  output_transform();
}
`;

/** The text of `shaders/winograd_weight_gradient.wgsl`. */
export const winogradWeightGradient: string = `// Takes the weights' gradient at the points, [points, in, out], back to [3, 3, in, out].

@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gradient: array<vec4f>;

fn take(i: u32, j: u32) -> vec4f { return products[point(i * POINTS + j, g.rows)]; }
fn give(p: u32, value: vec4f) {
  let at = (p * g.rows + row) * g.rows4 + g.first_col4 + col;
  if (ACCUMULATE) {
    gradient[at] += value;
  } else {
    gradient[at] = value;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (locate(id.x + id.y * groups.x * 64u, g.rows)) { weight_gradient_transform(); }
}
`;

/** The text of `shaders/winograd_weights.wgsl`. */
export const winogradWeights: string = `// Takes 3 x 3 kernels to the points. Weights are [3, 3, in, out]; the matrices at the points are [in, out],
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
`;
