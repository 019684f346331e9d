// The plain form of a matrix product: one 4 x 4 block of outputs for each invocation, nothing shared. It is
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
