// One step of stochastic gradient descent with momentum and weight decay, in Caffe's form (the learning
// rate goes into the velocity) or PyTorch's (it multiplies the velocity). Each invocation takes VECTORS vec4 in
// a row, each loaded once. Linked with sgd_unscaled.wgsl or sgd_scaled.wgsl.

struct Step {
  size4: u32,
  learning_rate: f32,
  momentum: f32,
  weight_decay: f32,
}
@group(0) @binding(0) var<storage, read_write> weights: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradients: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> velocities: array<vec4f>;
@group(1) @binding(0) var<uniform> step: Step;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  if (skips()) { return; }
  let first = (id.x + id.y * groups.x * 64u) * VECTORS;
  let end = min(first + VECTORS, step.size4);
  for (var i = first; i < end; i++) {
    let weight = weights[i];
    let gradient = unscaled(gradients[i]) + step.weight_decay * weight;
    if (CAFFE) {
      let velocity = step.momentum * velocities[i] + step.learning_rate * gradient;
      velocities[i] = velocity;
      weights[i] = weight - velocity;
    } else {
      let velocity = step.momentum * velocities[i] + gradient;
      velocities[i] = velocity;
      weights[i] = weight - step.learning_rate * velocity;
    }
  }
}
