// Sums over bands of rows: out[band, col] = sum of a[row, col] over the band's rows. The bands are added
// up by sum_parts.

struct Shape {
  rows: u32,
  cols4: u32,
  band: u32, // rows in a band
}
@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(16, 4)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let first = id.y * shape.band;
  if (id.x >= shape.cols4 || first >= shape.rows) { return; }
  let end = min(first + shape.band, shape.rows);
  var sum = vec4f();
  for (var row = first; row < end; row++) { sum += vec4f(a[row * shape.cols4 + id.x]); }
  out[id.y * shape.cols4 + id.x] = sum;
}
