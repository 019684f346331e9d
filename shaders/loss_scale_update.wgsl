// After a step: half the scale where a gradient had no room, twice the scale after a long time without. The
// report's second vector says what the step had: its scale, and 1 if it was skipped.

struct Policy {
  growth_interval: f32,
  least: f32,
  most: f32,
}
struct LossScale {
  scale: f32,
  good_steps: f32,
  overflow: u32,
}
@group(0) @binding(0) var<storage, read_write> state: LossScale;
@group(0) @binding(1) var<storage, read_write> report: array<vec4f>;
@group(1) @binding(0) var<uniform> policy: Policy;

@compute @workgroup_size(1)
fn main() {
  let skipped = state.overflow != 0u;
  report[1] = vec4f(state.scale, select(0.0, 1.0, skipped), 0.0, 0.0);
  if (skipped) {
    state.scale = max(state.scale / 2.0, policy.least);
    state.good_steps = 0.0;
  } else if (state.good_steps + 1.0 >= policy.growth_interval) {
    state.scale = min(state.scale * 2.0, policy.most);
    state.good_steps = 0.0;
  } else {
    state.good_steps += 1.0;
  }
  state.overflow = 0u;
}
