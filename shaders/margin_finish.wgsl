// The loss of each sample, and what its gradient by all scores is made of. The scores are |x| cos(theta_j); the
// target's becomes, with the angular margin of A-Softmax (eq. 7 of the paper) and its annealing,
//   f_y = (lambda |x| cos(theta_y) + |x| psi(cos(theta_y))) / (1 + lambda).
// With MARGIN 1 this is plain softmax cross-entropy over any scores. CAFFE rescales the margin's gradient by x
// as the released layer does. One invocation a sample. Linked with capped_loss.wgsl.

struct Shape {
  batch: u32,
  quads: u32, // vec4 over samples
  pieces: u32,
  lambda: f32,
}
@group(0) @binding(0) var<storage, read> pieces: array<f32>; // [pieces, quads, 2, 4]: largest, sum of others
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read> squares: array<f32>; // |x|^2; not read where MARGIN is 1
// For each sample: loss, 1 where the largest score is the target's, cos(theta_y) (the score with MARGIN 1), 0.
@group(0) @binding(3) var<storage, read_write> outcomes: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> peaks: array<f32>; // what margin_delta subtracts in the exponent
// Four rows of a number for each sample:
//   the factor of exp(score - peak) in the gradient by another class's score
//   the gradient by the target's product, with the margin's factor of w_y
//   the gradient by f_y alone
//   the coefficient of x itself in the gradient by x
@group(0) @binding(5) var<storage, read_write> gradients: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

// psi(c), its derivative A and B = psi - c A, as polynomials in c = cos(theta); sign(0) is 0.
fn margin(c: f32) -> vec3f {
  let s0 = sign(c);
  switch (MARGIN) {
    case 2u: {
      return vec3f(2.0 * s0 * c * c - 1.0, 4.0 * s0 * c, -(2.0 * s0 * c * c + 1.0));
    }
    case 3u: {
      let s1 = sign(abs(c) - 0.5);
      let s2 = s0 * (1.0 + s1) - 2.0;
      let c3 = c * c * c;
      return vec3f(s1 * (4.0 * c3 - 3.0 * c) + s2, s1 * (12.0 * c * c - 3.0), -(8.0 * s1 * c3 - s2));
    }
    case 4u: {
      let s3 = s0 * sign(2.0 * c * c - 1.0);
      let s4 = 2.0 * s0 + s3 - 3.0;
      let c2 = c * c;
      let c4 = c2 * c2;
      return vec3f(
        s3 * (8.0 * c4 - 8.0 * c2 + 1.0) + s4,
        s3 * (32.0 * c2 * c - 16.0 * c),
        -(s3 * (24.0 * c4 - 8.0 * c2 - 1.0) - s4),
      );
    }
    default: { return vec3f(c, 1.0, 0.0); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let sample = id.x;
  let columns = 4u * shape.quads;
  if (sample >= columns) { return; }
  if (sample >= shape.batch) { // samples that only fill a vec4 have no gradient
    peaks[sample] = 0.0;
    for (var row = 0u; row < 4u; row++) { gradients[row * columns + sample] = 0.0; }
    return;
  }
  let first = sample / 4u * 8u + sample % 4u;
  var rival = LOWEST;
  for (var p = 0u; p < shape.pieces; p++) { rival = max(rival, pieces[p * 2u * columns + first]); }

  let product = targets[sample];
  var target_score = product;
  var factor = 1.0; // of w_y in the gradient of f_y by x
  var along_x = 0.0; // of x itself
  var cosine = product;
  if (MARGIN > 1u) {
    let norm = sqrt(squares[sample]);
    // A feature of length zero has no angle.
    cosine = select(clamp(product / norm, -1.0, 1.0), 0.0, norm <= 1e-12);
    let psi = margin(cosine);
    let share = 1.0 / (1.0 + shape.lambda);
    target_score = (shape.lambda * product + norm * psi.x) * share;
    var a = psi.y;
    var b = select(psi.z / norm, 0.0, norm <= 1e-12);
    if (CAFFE) {
      let length = max(sqrt(a * a + b * b), 1e-12);
      a /= length;
      b /= length;
    }
    factor = (shape.lambda + a) * share;
    along_x = b * share;
  }

  let peak = max(rival, target_score);
  var normaliser = exp(target_score - peak);
  for (var p = 0u; p < shape.pieces; p++) {
    let at = p * 2u * columns + first;
    normaliser += pieces[at + 4u] * exp(pieces[at] - peak);
  }
  let scale = 1.0 / f32(shape.batch);
  let by_target = (exp(target_score - peak) / normaliser - 1.0) * scale;
  peaks[sample] = peak;
  gradients[sample] = scale / normaliser;
  gradients[columns + sample] = by_target * factor;
  gradients[2u * columns + sample] = by_target;
  gradients[3u * columns + sample] = by_target * along_x;
  let loss = capped_loss(log(normaliser) + (peak - target_score));
  outcomes[sample] = vec4f(loss, select(0.0, 1.0, product > rival), cosine, 0.0);
}
