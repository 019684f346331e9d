// Operand B as texels.

@group(0) @binding(1) var b: texture_2d<f32>;

fn b_at(at: u32) -> vec4f { return textureLoad(b, vec2u(at % 2048u, at / 2048u), 0); }
