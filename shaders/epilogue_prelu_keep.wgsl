// Training keeps the pre-activation: with a slope that may be negative the output alone does not tell on
// which side of zero it was.

@group(0) @binding(6) var<storage, read_write> pre_activation: array<StoredOut>;

fn keep(at: u32, a: vec4f) { pre_activation[at] = StoredOut(a); }
