// Puts the plain gradient by the target logit back where margin_softmax had put the margin's factor in: the
// released layer's gradient by the class weights knows no margin.

struct Shape {
  batch: u32,
  stride: u32,
}
@group(0) @binding(0) var<storage, read> rows: array<vec4f>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> delta: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < shape.batch) { delta[id.x * shape.stride + labels[id.x]] = rows[id.x].x; }
}
