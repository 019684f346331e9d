// Softmax cross-entropy over logits [batch, classes], one workgroup a sample. Out go
//   delta[i, j]   the gradient of the mean loss by each logit
//   outcomes[i]   the loss, 1 where the largest logit is the target's, the target's logit, 0

struct Shape {
  classes: u32,
  stride: u32, // columns of the logits, classes padded to a multiple of 4
  scale: f32, // 1 / batch
}
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> labels: array<u32>;
@group(0) @binding(2) var<storage, read_write> outcomes: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> delta: array<f32>;
@group(1) @binding(0) var<uniform> shape: Shape;

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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = group.x;
  let first = sample * shape.stride;
  let label = labels[sample];
  let own = logits[first + label];

  var rival = LOWEST;
  for (var j = lane; j < shape.classes; j += 64u) {
    if (j != label) { rival = max(rival, logits[first + j]); }
  }
  rival = largest(lane, rival);
  let peak = max(rival, own);
  var sum = 0.0;
  for (var j = lane; j < shape.classes; j += 64u) { sum += exp(logits[first + j] - peak); }
  let normaliser = total(lane, sum);

  for (var j = lane; j < shape.stride; j += 64u) {
    var d = 0.0;
    if (j < shape.classes) { d = exp(logits[first + j] - peak) / normaliser; }
    if (j == label) { d -= 1.0; }
    delta[first + j] = d * shape.scale;
  }
  if (lane == 0u) {
    let loss = capped_loss(log(normaliser) + (peak - own));
    outcomes[sample] = vec4f(loss, select(0.0, 1.0, own > rival), own, 0.0);
  }
}
