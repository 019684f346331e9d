// Gradients as they are; every step is taken.

fn skips() -> bool { return false; }
fn unscaled(gradient: vec4f) -> vec4f { return gradient; }
