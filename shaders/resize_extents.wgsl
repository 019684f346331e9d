// Copies [outer, middle, inner] into other middle and inner extents: what is added is zero, what does not
// fit is dropped. Pads odd channel counts to multiples of 4 and takes the padding off again.

struct Shape {
  size: u32, // of the output
  from_middle: u32,
  from_inner: u32,
  to_middle: u32,
  to_inner: u32,
}
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.size) { return; }
  let inner = i % shape.to_inner;
  let middle = (i / shape.to_inner) % shape.to_middle;
  let outer = i / (shape.to_inner * shape.to_middle);
  var value = 0.0;
  if (inner < shape.from_inner && middle < shape.from_middle) {
    value = source[(outer * shape.from_middle + middle) * shape.from_inner + inner];
  }
  out[i] = value;
}
