// Scores of a window of the classes, [classes, samples] as vec4 over samples: the products' parts added up,
// divided by |w| where NORMALISED, plus a bias where BIASED. On the way each invocation keeps, over its piece
// of the classes, the largest score and the sum of exp(score - largest) of the classes other than the target,
// and notes the target's score. A window may be any part of the classes: margin_finish adds the pieces up.

struct Shape {
  rows: u32, // classes of the window, padding included
  classes: u32, // without padding
  first_class: u32,
  parts: u32, // to add up for each product
  part_quads: u32, // vec4 in a part
  quads: u32, // vec4 in a row of scores
  first_quad: u32,
  piece: u32, // classes of an invocation
  first_piece: u32,
}
@group(0) @binding(0) var<storage, read> parts: array<vec4f>; // [rows, parts, part_quads]
@group(0) @binding(1) var<storage, read> column: array<f32>; // shares of |w|^2 [rows, parts], or biases [rows]
@group(0) @binding(2) var<storage, read> labels: array<vec4u>;
@group(0) @binding(3) var<storage, read_write> scores: array<vec4f>; // [rows, quads]
@group(0) @binding(4) var<storage, read_write> scales: array<f32>; // 1 / |w|, where NORMALISED
@group(0) @binding(5) var<storage, read_write> targets: array<f32>;
@group(0) @binding(6) var<storage, read_write> pieces: array<vec4f>; // [pieces, quads, 2]
@group(1) @binding(0) var<uniform> shape: Shape;

const LOWEST = -3.4028234e38;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let across = min(shape.part_quads, shape.quads - shape.first_quad);
  let part_quad = id.x % across;
  let quad = shape.first_quad + part_quad;
  let piece = id.x / across;
  let first = piece * shape.piece;
  if (first >= shape.rows) { return; }
  let end = min(first + shape.piece, shape.rows);
  let label = labels[quad];
  var highest = vec4f(LOWEST);
  var sum = vec4f();
  for (var j = first; j < end; j++) {
    var score = vec4f();
    for (var part = j * shape.parts; part < (j + 1u) * shape.parts; part++) {
      score += parts[part * shape.part_quads + part_quad];
    }
    if (NORMALISED) {
      var square = 0.0;
      for (var part = j * shape.parts; part < (j + 1u) * shape.parts; part++) { square += column[part]; }
      let scale = 1.0 / max(sqrt(square), 1e-12);
      score *= scale;
      if (quad == 0u) { scales[j] = scale; }
    }
    if (BIASED) { score += column[j]; }
    scores[j * shape.quads + quad] = score;
    if (j >= shape.classes) { continue; }
    let hit = label == vec4u(shape.first_class + j);
    let higher = max(highest, select(score, vec4f(LOWEST), hit));
    sum = sum * exp(highest - higher) + select(exp(score - higher), vec4f(), hit);
    highest = higher;
    if (any(hit)) {
      if (hit.x) { targets[4u * quad] = score.x; }
      if (hit.y) { targets[4u * quad + 1u] = score.y; }
      if (hit.z) { targets[4u * quad + 2u] = score.z; }
      if (hit.w) { targets[4u * quad + 3u] = score.w; }
    }
  }
  let out = ((shape.first_piece + piece) * shape.quads + quad) * 2u;
  pieces[out] = highest;
  pieces[out + 1u] = sum;
}
