// The tile of gemm_registers.wgsl with 16 x 16 outputs for each invocation: half the loads for each
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
