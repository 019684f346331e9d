// Inner products of class weights with up to eight features, for rasterisers that emulate workgroups and
// load lane by lane: every weight is loaded once. An invocation holds one block of 32 values of each feature
// in registers and walks over a piece of the classes; margin_scores adds the blocks up. Out go
//   parts[class, block]     eight partial products, as two vec4
//   squares[class, block]   the block's share of |w|^2, with SQUARES

struct Shape {
  classes: u32,
  blocks: u32, // of 32 values in a row
  piece: u32, // classes of an invocation
  batch: u32,
  first_sample: u32,
}
struct Block {
  low: mat4x4f,
  high: mat4x4f,
}
@group(0) @binding(0) var<storage, read> w: array<Block>;
@group(0) @binding(1) var<storage, read> x: array<Block>;
@group(0) @binding(2) var<storage, read_write> parts: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> squares: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

// Zero past the batch.
fn feature(i: u32, block: u32) -> Block {
  let sample = shape.first_sample + i;
  if (sample < shape.batch) { return x[sample * shape.blocks + block]; }
  return Block();
}

fn inner(a: Block, b: Block) -> f32 {
  let s = a.low[0] * b.low[0] + a.low[1] * b.low[1] + a.low[2] * b.low[2] + a.low[3] * b.low[3] +
    a.high[0] * b.high[0] + a.high[1] * b.high[1] + a.high[2] * b.high[2] + a.high[3] * b.high[3];
  return s.x + s.y + s.z + s.w;
}

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let block = id.x % shape.blocks;
  let first = id.x / shape.blocks * shape.piece;
  if (first >= shape.classes) { return; }
  let x0 = feature(0u, block);
  let x1 = feature(1u, block);
  let x2 = feature(2u, block);
  let x3 = feature(3u, block);
  let x4 = feature(4u, block);
  let x5 = feature(5u, block);
  let x6 = feature(6u, block);
  let x7 = feature(7u, block);
  let end = min(first + shape.piece, shape.classes);
  for (var j = first; j < end; j++) {
    let at = j * shape.blocks + block;
    let row = w[at];
    parts[2u * at] = vec4f(inner(row, x0), inner(row, x1), inner(row, x2), inner(row, x3));
    parts[2u * at + 1u] = vec4f(inner(row, x4), inner(row, x5), inner(row, x6), inner(row, x7));
    if (SQUARES) { squares[at] = inner(row, row); }
  }
}
