// Copies columns of a matrix: out[row, i] = x[row, first + i], and zero where x has no such column. With a
// `first` that wraps below zero the copy stands further right in `out`.

struct Shape {
  size: u32,  // of the output
  given: u32, // columns of x
  taken: u32, // columns of the output
  first: u32,
}
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size) { return; }
  let row = i / shape.taken;
  let column = i - row * shape.taken + shape.first;
  let inside = column < shape.given;
  out[i] = select(0.0, x[row * shape.given + select(0u, column, inside)], inside);
}
