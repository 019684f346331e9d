// Puts the plain gradient by the target score back where margin_delta had put the margin's factor in: the
// released layer's gradient by the class weights knows no margin. Of a window of classes.

struct Shape {
  batch: u32,
  columns: u32, // samples, a multiple of 4
  first_class: u32,
  rows: u32,
}
@group(0) @binding(0) var<storage, read> gradients: array<f32>; // see margin_finish
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>; // [rows, columns]
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.batch) { return; }
  let row = labels[id.x] - shape.first_class; // wraps round below the window
  if (row < shape.rows) { delta[row * shape.columns + id.x] = gradients[2u * shape.columns + id.x]; }
}
