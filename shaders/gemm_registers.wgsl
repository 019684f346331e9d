// A tile of a matrix product held in registers: each invocation computes 8 x 8 outputs as four 4 x 4
// blocks and loads its operands straight from storage. No workgroup memory, no barriers: the fastest form
// where a rasteriser emulates workgroups, and the simplest everywhere.
//
// A `mat4x4f` holds a block by rows: column i of the type is row i of the block. For two such blocks the
// product A B is written `b * a`.
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
