// deno-fmt-ignore-file
// Generated from shaders/*.wgsl by `deno task wgsl`; edit those files, never this one.

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

/** The text of `shaders/epilogue_bias.wgsl`. */
export const epilogueBias: string = `// Stores a product plus one bias for each column.

@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  out[out_row(row, z) * cols4() + col] = value + bias[col];
}
`;

/** The text of `shaders/epilogue_prelu.wgsl`. */
export const epiloguePrelu: string = `// Stores PReLU(product + bias) + residual. A range that a kernel does without (HAS_BIAS, HAS_RESIDUAL) is
// bound to some other one and never read.

@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> slope: array<vec4f>;
@group(0) @binding(5) var<storage, read> residual: array<vec4f>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  let at = out_row(row, z) * cols4() + col;
  var a = value;
  if (HAS_BIAS) { a += bias[col]; }
  keep(at, a);
  var y = max(a, vec4f()) + slope[col] * min(a, vec4f());
  if (HAS_RESIDUAL) { y += residual[at]; }
  out[at] = y;
}
`;

/** The text of `shaders/epilogue_prelu_forget.wgsl`. */
export const epiloguePreluForget: string = `// Inference needs no pre-activation.

fn keep(at: u32, a: vec4f) {}
`;

/** The text of `shaders/epilogue_prelu_keep.wgsl`. */
export const epiloguePreluKeep: string = `// Training keeps the pre-activation: with a slope that may be negative the output alone does not tell on
// which side of zero it was.

@group(0) @binding(6) var<storage, read_write> pre_activation: array<vec4f>;

fn keep(at: u32, a: vec4f) { pre_activation[at] = a; }
`;

/** The text of `shaders/epilogue_store.wgsl`. */
export const epilogueStore: string = `// Stores a product as it is, or adds it to what stands there (ACCUMULATE), or keeps the layers of the
// dispatch apart as [layers, rows, cols] (PARTS).

@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  var at = out_row(row, z) * cols4() + col;
  if (PARTS) { at += z * rows(z) * cols4(); }
  if (ACCUMULATE) {
    out[at] += value;
  } else {
    out[at] = value;
  }
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
    let depth_limit = depth4(segment);
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

/** The text of `shaders/gemm_workgroup.wgsl`. */
export const gemmWorkgroup: string = `// A tile of a matrix product staged in workgroup memory: 64 invocations compute 64 x 64 outputs together.
// Each loads one 4 x 4 block of an operand for all, then multiplies its own four blocks. The form for GPUs,
// where workgroup memory is near and storage is far. See gemm_registers.wgsl for the linking and for \`b * a\`.

const TILE = 16u; // blocks of 4 along each side of the tile
const STEPS = 2u; // blocks of 4 along the depth that are staged at once

var<workgroup> a_tile: array<mat4x4f, 32>;
var<workgroup> b_tile: array<mat4x4f, 32>;

@compute @workgroup_size(8, 8)
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
        let a1 = a_tile[s * TILE + local.y + 8u];
        let b0 = b_tile[s * TILE + local.x];
        let b1 = b_tile[s * TILE + local.x + 8u];
        c00 += b0 * a0;
        c01 += b1 * a0;
        c10 += b0 * a1;
        c11 += b1 * a1;
      }
      workgroupBarrier();
    }
  }

  let row = tile_row + local.y * 4u;
  let col = tile_col + local.x;
  for (var i = 0u; i < 4u; i++) {
    put(row + i, col, group.z, c00[i]);
    put(row + i, col + 8u, group.z, c01[i]);
    put(row + 32u + i, col, group.z, c10[i]);
    put(row + 32u + i, col + 8u, group.z, c11[i]);
  }
}

fn put(row: u32, col: u32, z: u32, value: vec4f) {
  if (row < rows(z) && col < cols4()) { store(row, col, z, value); }
}
`;

/** The text of `shaders/operands_conv.wgsl`. */
export const operandsConv: string = `// The geometry that the three passes of a convolution share. Images are [batch, height, width, channels],
// weights [kernel height, kernel width, in, out]; channels are multiples of 4.

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
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
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
    select(vec4f(), a[place.x + k], at.x >= 0),
    select(vec4f(), a[place.y + k], at.y >= 0),
    select(vec4f(), a[place.z + k], at.z >= 0),
    select(vec4f(), a[place.w + k], at.w >= 0),
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
  return mat4x4f(b[place.x], b[place.y], b[place.z], b[place.w]);
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
