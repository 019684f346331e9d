// Operand B as a buffer.

@group(0) @binding(1) var<storage, read> b: array<vec4f>;

fn b_at(at: u32) -> vec4f { return b[at]; }
