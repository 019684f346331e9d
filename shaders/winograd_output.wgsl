// Takes products at the points back to pixels of the output. Linked with an epilogue.

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
