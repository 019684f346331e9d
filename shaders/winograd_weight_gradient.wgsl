// Takes the weights' gradient at the points, [points, in, out], back to [3, 3, in, out].

@group(0) @binding(0) var<storage, read> products: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> gradient: array<vec4f>;

fn take(i: u32, j: u32) -> vec4f { return products[point(i * POINTS + j, g.rows)]; }
fn give(p: u32, value: vec4f) {
  let at = (p * g.rows + row) * g.rows4 + g.first_col4 + col;
  if (ACCUMULATE) {
    gradient[at] += value;
  } else {
    gradient[at] = value;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (locate(id.x + id.y * groups.x * 64u, g.rows)) { weight_gradient_transform(); }
}
