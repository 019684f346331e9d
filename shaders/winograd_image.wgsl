// Takes tiles of an image to the points: the input's transform, whose tiles overlap by two pixels, or
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
