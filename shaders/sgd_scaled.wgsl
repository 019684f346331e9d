// Gradients of a scaled loss (see loss_scale_check.wgsl): divided by the scale, or not taken at all.

struct LossScale {
  scale: f32,
  good_steps: f32,
  overflow: u32,
}
@group(0) @binding(3) var<storage, read> loss_scale: LossScale;

fn skips() -> bool { return loss_scale.overflow != 0u; }
fn unscaled(gradient: vec4f) -> vec4f { return gradient / loss_scale.scale; }
