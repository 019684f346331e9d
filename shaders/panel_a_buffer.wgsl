// Operand A as a buffer.

@group(0) @binding(0) var<storage, read> a: array<vec4f>;

fn a_at(at: u32) -> vec4f { return a[at]; }
