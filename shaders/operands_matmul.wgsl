// Operands of a plain matrix product. A is [rows, depth], or [depth, rows] where A_TRANSPOSED; B is
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
