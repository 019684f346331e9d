// A photo at half its size: each pixel is the mean of four, of those that there are at the border. Both lie in
// one memory. One invocation a pixel.

struct Shape {
  offset: u32,
  columns: u32,
  rows: u32,
  to: u32, // where the halved photo begins
}
@group(0) @binding(0) var<storage, read_write> photo: array<u32>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn pixel(x: u32, y: u32) -> vec4f {
  let column = min(x, shape.columns - 1u);
  let row = min(y, shape.rows - 1u);
  return unpack4x8unorm(photo[shape.offset + row * shape.columns + column]);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  let columns = (shape.columns + 1u) / 2u;
  let rows = (shape.rows + 1u) / 2u;
  if (i >= columns * rows) { return; }
  let x = 2u * (i % columns);
  let y = 2u * (i / columns);
  let sum = pixel(x, y) + pixel(x + 1u, y) + pixel(x, y + 1u) + pixel(x + 1u, y + 1u);
  photo[shape.to + i] = pack4x8unorm(sum / 4.0);
}
