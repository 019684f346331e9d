const LOWEST = -3.4028234e38;

// The loss at which the target's probability is the smallest normal f32, as in Caffe: -ln(FLT_MIN).
const LARGEST_LOSS = 87.3365478515625;

// min() may drop a NaN, and so may a comparison under fast arithmetic; its bits tell.
fn capped_loss(loss: f32) -> f32 {
  let is_nan = (bitcast<u32>(loss) & 0x7fffffffu) > 0x7f800000u;
  return select(min(loss, LARGEST_LOSS), loss, is_nan);
}
