// Stores a product as it is, or adds it to what stands there (ACCUMULATE), or keeps the layers of the
// dispatch apart as [layers, rows, cols] (PARTS).

@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  var at = out_row(row, z) * cols4() + col;
  if (PARTS) { at += z * (rows(z) * cols4() + layer_gap()); }
  if (ACCUMULATE) {
    out[at] = StoredOut(vec4f(out[at]) + value);
  } else {
    out[at] = StoredOut(value);
  }
}
