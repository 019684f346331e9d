// The counterpart of class_products: from delta, the gradient by each product, both gradients of eight samples
// in one pass over the class weights.
//   dw[class]   sum over the samples of delta * x, plus along[class] * w with TANGENT
//   dx          partial sums over each piece of the classes, [pieces, samples, features]
// CAFFE puts the gradient by the target's score alone in the place of the target's delta, for dw. Linked
// with class_block_narrow.wgsl or class_block_wide.wgsl.

struct Shape {
  classes: u32,
  blocks: u32, // in a row
  piece: u32, // classes of an invocation
  batch: u32,
  first_sample: u32, // a multiple of 8
  quads: u32, // vec4 in a row of delta
  first_class: u32,
  first_piece: u32,
}
@group(0) @binding(0) var<storage, read> w: array<Block>;
@group(0) @binding(1) var<storage, read> x: array<Block>;
@group(0) @binding(2) var<storage, read> delta: array<vec4f>; // [classes, samples]
@group(0) @binding(3) var<storage, read> along: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<vec4u>;
@group(0) @binding(5) var<storage, read> gradients: array<vec4f>; // see margin_finish
@group(0) @binding(6) var<storage, read_write> dw: array<Block>;
@group(0) @binding(7) var<storage, read_write> dx: array<Block>;
@group(1) @binding(0) var<uniform> shape: Shape;

// Zero past the batch.
fn feature(i: u32, block: u32) -> Block {
  let sample = shape.first_sample + i;
  if (sample < shape.batch) { return x[sample * shape.blocks + block]; }
  return Block();
}

@compute @workgroup_size(32)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = id.x % shape.blocks;
  let piece = id.x / shape.blocks;
  let first = piece * shape.piece;
  if (first >= shape.classes) { return; }
  let x0 = feature(0u, block); var a0 = Block();
  let x1 = feature(1u, block); var a1 = Block();
  let x2 = feature(2u, block); var a2 = Block();
  let x3 = feature(3u, block); var a3 = Block();
  let x4 = feature(4u, block); var a4 = Block();
  let x5 = feature(5u, block); var a5 = Block();
  let x6 = feature(6u, block); var a6 = Block();
  let x7 = feature(7u, block); var a7 = Block();
  let q = shape.first_sample / 4u;
  let both = q + 1u < shape.quads;
  let q1 = select(q, q + 1u, both);
  let labels0 = labels[q];
  let labels1 = labels[q1];
  let plain0 = gradients[2u * shape.quads + q]; // by the target's score alone
  let plain1 = gradients[2u * shape.quads + q1];

  let end = min(first + shape.piece, shape.classes);
  for (var j = first; j < end; j++) {
    let at = j * shape.blocks + block;
    let row = w[at];
    var d0 = delta[j * shape.quads + q];
    var d1 = vec4f();
    if (both) { d1 = delta[j * shape.quads + q1]; }
    a0 += row * d0.x; a1 += row * d0.y; a2 += row * d0.z; a3 += row * d0.w;
    a4 += row * d1.x; a5 += row * d1.y; a6 += row * d1.z; a7 += row * d1.w;
    if (CAFFE) {
      let identity = vec4u(shape.first_class + j);
      d0 = select(d0, plain0, labels0 == identity);
      if (both) { d1 = select(d1, plain1, labels1 == identity); }
    }
    var gradient = x0 * d0.x + x1 * d0.y + x2 * d0.z + x3 * d0.w +
      (x4 * d1.x + x5 * d1.y + x6 * d1.z + x7 * d1.w);
    if (TANGENT) { gradient += row * along[j]; }
    if (ACCUMULATE) { gradient += dw[at]; }
    dw[at] = gradient;
  }

  let count = min(shape.batch - shape.first_sample, 8u);
  let out = (shape.first_piece + piece) * count * shape.blocks + block;
  dx[out] = a0;
  if (count > 1u) { dx[out + shape.blocks] = a1; }
  if (count > 2u) { dx[out + 2u * shape.blocks] = a2; }
  if (count > 3u) { dx[out + 3u * shape.blocks] = a3; }
  if (count > 4u) { dx[out + 4u * shape.blocks] = a4; }
  if (count > 5u) { dx[out + 5u * shape.blocks] = a5; }
  if (count > 6u) { dx[out + 6u * shape.blocks] = a6; }
  if (count > 7u) { dx[out + 7u * shape.blocks] = a7; }
}
