// Stores PReLU(product + bias) + residual. A range that a kernel does without (HAS_BIAS, HAS_RESIDUAL) is
// bound to some other one and never read.

@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(0) @binding(3) var<storage, read> bias: array<vec4f>;
@group(0) @binding(4) var<storage, read> slope: array<vec4f>;
@group(0) @binding(5) var<storage, read> residual: array<StoredOut>;

fn store(row: u32, col: u32, z: u32, value: vec4f) {
  let at = out_row(row, z) * cols4() + col;
  var a = value;
  if (HAS_BIAS) { a += bias[col]; }
  keep(at, a);
  var y = max(a, vec4f()) + slope[col] * min(a, vec4f());
  if (HAS_RESIDUAL) { y += vec4f(residual[at]); }
  out[at] = StoredOut(y);
}
