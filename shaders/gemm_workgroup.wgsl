// A tile of a matrix product staged in workgroup memory: SIDE x SIDE invocations compute a square of outputs
// together, each 1 or 4 of its 4 x 4 blocks (BLOCKS is 1 or 2, along each side). Each loads one 4 x 4 block
// of an operand for all, then multiplies its own. The form for GPUs, where workgroup memory is near and
// storage is far. See gemm_registers.wgsl for the linking and for `b * a`.

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
