// Turns a window of scores in place into the gradient by the raw products of features and class weights, and
// sums up for each class what a normalisation or a bias needs. One invocation a class.

struct Shape {
  rows: u32, // classes of the window, padding included
  classes: u32, // without padding
  first_class: u32,
  quads: u32, // vec4 in a row of scores
}
@group(0) @binding(0) var<storage, read_write> scores: array<vec4f>; // [rows, quads]
@group(0) @binding(1) var<storage, read> scales: array<f32>; // 1 / |w|, where NORMALISED
@group(0) @binding(2) var<storage, read> labels: array<vec4u>;
@group(0) @binding(3) var<storage, read> peaks: array<vec4f>;
@group(0) @binding(4) var<storage, read> gradients: array<vec4f>; // see margin_finish
// NORMALISED: the coefficient of w in its own gradient, which makes that tangent to the sphere. Else the
// gradient by a bias.
@group(0) @binding(5) var<storage, read_write> along: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.x + id.y * groups.x * 64u;
  if (j >= shape.rows) { return; }
  var scale = 1.0;
  if (NORMALISED) { scale = scales[j]; }
  let identity = vec4u(shape.first_class + j);
  var sum = 0.0;
  for (var q = 0u; q < shape.quads; q++) {
    let at = j * shape.quads + q;
    let score = scores[at];
    var d = exp(score - peaks[q]) * gradients[q];
    d = select(d, gradients[shape.quads + q], labels[q] == identity);
    if (j >= shape.classes) { d = vec4f(); }
    scores[at] = d * scale;
    sum += dot(d, select(vec4f(1), score, NORMALISED));
  }
  along[j] = select(sum, -sum * scale * scale, NORMALISED);
}
