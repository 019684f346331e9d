// Operand A as texels.

@group(0) @binding(0) var a: texture_2d<f32>;

fn a_at(at: u32) -> vec4f { return textureLoad(a, vec2u(at % 2048u, at / 2048u), 0); }
