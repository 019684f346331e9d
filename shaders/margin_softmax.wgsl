// Softmax cross-entropy over logits whose target has an angular margin (A-Softmax, eq. 7 of the paper, with
// annealing). One workgroup a sample. The logits that come in are |x| cos(theta_j); the target becomes
//   f_y = (lambda |x| cos(theta_y) + |x| psi(cos(theta_y))) / (1 + lambda).
// Out go the loss of each sample and all that its backward pass needs:
//   delta[i, j]   the gradient of the mean loss by each product w_j . x_i; at the target it carries the
//                 factor of w_y in the gradient of f_y by x_i
//   rows[i].x     the gradient by f_y alone
//   rows[i].y     the coefficient of x_i itself in the gradient by x_i
//   rows[i].z     1 where the largest cosine is the target's
//   rows[i].w     cos(theta_y)
// With MARGIN 1 this is plain softmax cross-entropy over any logits. CAFFE rescales the margin's gradient by
// x as the released layer does.

struct Shape {
  classes: u32,
  stride: u32, // columns of the logits, classes padded to a multiple of 4
  lambda: f32,
  scale: f32,  // 1 / batch
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> norms: array<f32>; // |x_i|; not read where MARGIN is 1
@group(0) @binding(2) var<storage, read> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> losses: array<f32>;
@group(0) @binding(4) var<storage, read_write> delta: array<f32>;
@group(0) @binding(5) var<storage, read_write> rows: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

// The loss at which the target's probability is the smallest normal f32, as in Caffe: -ln(FLT_MIN).
const LARGEST_LOSS = 87.3365478515625;
const LOWEST = -3.4028234e38;

var<workgroup> scratch: array<f32, 64>;

fn largest(lane: u32, value: f32) -> f32 {
  scratch[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] = max(scratch[lane], scratch[lane + half]); }
  }
  workgroupBarrier();
  let result = scratch[0];
  workgroupBarrier();
  return result;
}

fn total(lane: u32, value: f32) -> f32 {
  scratch[lane] = value;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { scratch[lane] += scratch[lane + half]; }
  }
  workgroupBarrier();
  let result = scratch[0];
  workgroupBarrier();
  return result;
}

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
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = group.x;
  let first = sample * shape.stride;
  let label = labels[sample];
  let product = logits[first + label];

  var target_logit = product;
  var factor = 1.0; // of w_y in the gradient of f_y by x
  var along_x = 0.0; // of x itself
  var cosine = product;
  if (MARGIN > 1u) {
    let norm = norms[sample];
    // A feature of length zero has no angle.
    cosine = select(clamp(product / norm, -1.0, 1.0), 0.0, norm <= 1e-12);
    let psi = margin(cosine);
    let share = 1.0 / (1.0 + shape.lambda);
    target_logit = (shape.lambda * product + norm * psi.x) * share;
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

  var highest = LOWEST;
  var highest_other = LOWEST;
  for (var j = lane; j < shape.classes; j += 64u) {
    if (j != label) { highest_other = max(highest_other, logits[first + j]); }
  }
  let rival = largest(lane, highest_other);
  highest = max(rival, target_logit);
  var sum = 0.0;
  for (var j = lane; j < shape.classes; j += 64u) {
    sum += exp(select(logits[first + j], target_logit, j == label) - highest);
  }
  let normaliser = total(lane, sum);

  let by_target = (exp(target_logit - highest) / normaliser - 1.0) * shape.scale;
  for (var j = lane; j < shape.stride; j += 64u) {
    var d = 0.0;
    if (j == label) {
      d = by_target * factor;
    } else if (j < shape.classes) {
      d = exp(logits[first + j] - highest) / normaliser * shape.scale;
    }
    delta[first + j] = d;
  }
  if (lane == 0u) {
    losses[sample] = min(log(normaliser) + (highest - target_logit), LARGEST_LOSS);
    rows[sample] = vec4f(by_target, by_target * along_x, select(0.0, 1.0, product > rival), cosine);
  }
}
