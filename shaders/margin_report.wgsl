// What a training step reports: mean loss, share of samples whose largest cosine is the target's, and mean
// cosine to the target.

@group(0) @binding(0) var<storage, read> losses: array<f32>;
@group(0) @binding(1) var<storage, read> rows: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> report: array<vec4f>;
@group(1) @binding(0) var<uniform> batch: u32;

@compute @workgroup_size(1)
fn main() {
  var sum = vec4f();
  for (var i = 0u; i < batch; i++) { sum += vec4f(losses[i], rows[i].z, rows[i].w, 0.0); }
  report[0] = sum / f32(batch);
}
