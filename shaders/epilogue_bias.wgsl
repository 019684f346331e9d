// Stores a product plus one bias for each column.

@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  out[out_row(row, z) * cols4() + col] = StoredOut(value + bias[col]);
}
