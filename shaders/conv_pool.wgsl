// A 3 x 3 convolution of four input channels, bias, PReLU and 2 x 2 max pooling in one pass, for images without
// padding. Each invocation computes two rows of sixteen pixels for four output channels and keeps the largest of each
// square: what a rasteriser would spend its time on is to load and to store. Where a square reaches over the border,
// what lies inside counts.

struct Geometry {
  items: u32,       // tiles of all images
  tiles: u32,       // in a row of squares
  in_height: u32,
  in_width: u32,
  pool_height: u32,
  pool_width: u32,
  cols4: u32,       // output channels, in vec4
}
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> w: array<vec4f>;
@group(0) @binding(2) var<storage, read> bias: array<vec4f>;
@group(0) @binding(3) var<storage, read> slope: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;
@group(1) @binding(0) var<uniform> g: Geometry;

fn weights(at: u32) -> mat4x4f {
  return mat4x4f(w[at], w[at + g.cols4], w[at + 2u * g.cols4], w[at + 3u * g.cols4]);
}

struct Store {
  bias: vec4f,
  slope: vec4f,
  below: bool, // whether the second row lies inside
  inside: u32, // pixels of a row that do
  first: u32,  // the first square's place
}

fn activate(value: vec4f, to: Store) -> vec4f {
  let a = value + to.bias;
  return max(a, vec4f()) + to.slope * min(a, vec4f());
}

// The larger of two, where the second counts.
fn larger(a: vec4f, b: vec4f, counts: bool) -> vec4f { return select(a, max(a, b), counts); }

// Two squares of a block, from two rows of four pixels.
fn put(upper: mat4x4f, lower: mat4x4f, block: u32, to: Store) {
  for (var i = 0u; i < 2u; i++) {
    let pixel = block * 4u + i * 2u;
    if (pixel >= to.inside) { return; }
    let second = pixel + 1u < to.inside;
    let one = i == 1u;
    let a = activate(select(upper[0], upper[2], one), to);
    let b = activate(select(upper[1], upper[3], one), to);
    let c = activate(select(lower[0], lower[2], one), to);
    let d = activate(select(lower[1], lower[3], one), to);
    let largest = larger(larger(a, b, second), larger(c, d, second), to.below);
    y[to.first + pixel / 2u * g.cols4] = largest;
  }
}

@compute @workgroup_size(8)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32,
    @builtin(num_workgroups) groups: vec3u) {
  let item = (group.x + group.y * groups.x) * 8u + lane;
  if (item >= g.items) { return; }
  let line = item / g.tiles; // of squares, in all images
  let left = (item - line * g.tiles) * 16u;
  let image = line / g.pool_height;
  let top = (line - image * g.pool_height) * 2u;
  let col = group.z;
  var c0 = mat4x4f(); var c1 = mat4x4f(); var c2 = mat4x4f(); var c3 = mat4x4f();
  var d0 = mat4x4f(); var d1 = mat4x4f(); var d2 = mat4x4f(); var d3 = mat4x4f();
  // Never less than 3: a loop that the compiler does not unroll.
  let limit = max(3u, group.z >> 31u);
  for (var tap_y = 0u; tap_y < limit; tap_y++) {
    let up = (image * g.in_height + top + tap_y) * g.in_width + left;
    let down = up + g.in_width;
    let tap = tap_y * 12u * g.cols4 + col;
    let b0 = weights(tap);
    let b1 = weights(tap + 4u * g.cols4);
    let b2 = weights(tap + 8u * g.cols4);
    {
      let v0 = x[up];
      let v1 = x[up + 1u];
      let v2 = x[up + 2u];
      let v3 = x[up + 3u];
      let v4 = x[up + 4u];
      let v5 = x[up + 5u];
      let v6 = x[up + 6u];
      let v7 = x[up + 7u];
      let v8 = x[up + 8u];
      let v9 = x[up + 9u];
      let v10 = x[up + 10u];
      let v11 = x[up + 11u];
      let v12 = x[up + 12u];
      let v13 = x[up + 13u];
      let v14 = x[up + 14u];
      let v15 = x[up + 15u];
      let v16 = x[up + 16u];
      let v17 = x[up + 17u];
      c0 += b0 * mat4x4f(v0, v1, v2, v3);
      c0 += b1 * mat4x4f(v1, v2, v3, v4);
      c0 += b2 * mat4x4f(v2, v3, v4, v5);
      c1 += b0 * mat4x4f(v4, v5, v6, v7);
      c1 += b1 * mat4x4f(v5, v6, v7, v8);
      c1 += b2 * mat4x4f(v6, v7, v8, v9);
      c2 += b0 * mat4x4f(v8, v9, v10, v11);
      c2 += b1 * mat4x4f(v9, v10, v11, v12);
      c2 += b2 * mat4x4f(v10, v11, v12, v13);
      c3 += b0 * mat4x4f(v12, v13, v14, v15);
      c3 += b1 * mat4x4f(v13, v14, v15, v16);
      c3 += b2 * mat4x4f(v14, v15, v16, v17);
    }
    {
      let v0 = x[down];
      let v1 = x[down + 1u];
      let v2 = x[down + 2u];
      let v3 = x[down + 3u];
      let v4 = x[down + 4u];
      let v5 = x[down + 5u];
      let v6 = x[down + 6u];
      let v7 = x[down + 7u];
      let v8 = x[down + 8u];
      let v9 = x[down + 9u];
      let v10 = x[down + 10u];
      let v11 = x[down + 11u];
      let v12 = x[down + 12u];
      let v13 = x[down + 13u];
      let v14 = x[down + 14u];
      let v15 = x[down + 15u];
      let v16 = x[down + 16u];
      let v17 = x[down + 17u];
      d0 += b0 * mat4x4f(v0, v1, v2, v3);
      d0 += b1 * mat4x4f(v1, v2, v3, v4);
      d0 += b2 * mat4x4f(v2, v3, v4, v5);
      d1 += b0 * mat4x4f(v4, v5, v6, v7);
      d1 += b1 * mat4x4f(v5, v6, v7, v8);
      d1 += b2 * mat4x4f(v6, v7, v8, v9);
      d2 += b0 * mat4x4f(v8, v9, v10, v11);
      d2 += b1 * mat4x4f(v9, v10, v11, v12);
      d2 += b2 * mat4x4f(v10, v11, v12, v13);
      d3 += b0 * mat4x4f(v12, v13, v14, v15);
      d3 += b1 * mat4x4f(v13, v14, v15, v16);
      d3 += b2 * mat4x4f(v14, v15, v16, v17);
    }
  }
  let to = Store(bias[col], slope[col], top + 3u < g.in_height, min(g.in_width - 2u - left, 16u),
    (line * g.pool_width + left / 2u) * g.cols4 + col);
  put(c0, d0, 0u, to);
  put(c1, d1, 1u, to);
  put(c2, d2, 2u, to);
  put(c3, d3, 3u, to);
}
