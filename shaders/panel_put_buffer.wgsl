// The panel that a kernel writes, as a buffer. A panel is an operand of a matrix product that was arranged
// for it: [layers, rows, cols], in vec4.

@group(0) @binding(1) var<storage, read_write> panel: array<vec4f>;

fn panel_put(at: u32, value: vec4f) { panel[at] = value; }
