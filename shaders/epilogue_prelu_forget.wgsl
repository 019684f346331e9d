// Inference needs no pre-activation.

fn keep(at: u32, a: vec4f) {}
