// Operands of a product of panels, one product for each layer of the dispatch. A is [layers, rows, depth],
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
