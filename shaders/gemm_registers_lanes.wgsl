// What the tiles of gemm_registers_wide.wgsl and gemm_registers_tall.wgsl share. Eight invocations fill a SIMD
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
