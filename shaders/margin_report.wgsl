// What a training step reports: mean loss, share of samples whose largest score is the target's, and mean
// cosine to the target. The loss goes to where the tape finds it as well.

@group(0) @binding(0) var<storage, read> outcomes: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> loss: array<f32>;
@group(0) @binding(2) var<storage, read_write> report: array<vec4f>;
@group(1) @binding(0) var<uniform> batch: u32;

@compute @workgroup_size(1)
fn main() {
  var sum = vec4f();
  for (var i = 0u; i < batch; i++) { sum += outcomes[i]; }
  let means = sum / f32(batch);
  loss[0] = means.x;
  report[0] = means;
}
