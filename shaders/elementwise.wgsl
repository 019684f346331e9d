// out = f(a, b) for each element, where b has a's shape (B_FORM 0), one value for each last index (1), or
// a single value (2). Each is stored in its own type. Unary operations ignore b; the constants p and q belong to those that take numbers.

struct Shape {
  size4: u32,
  cols4: u32,
  p: f32,
  q: f32,
}
@group(0) @binding(0) var<storage, read> a: array<Stored>;
@group(0) @binding(1) var<storage, read> b: array<StoredB>;
@group(0) @binding(2) var<storage, read_write> out: array<StoredOut>;
@group(1) @binding(0) var<uniform> shape: Shape;

fn operand(i: u32) -> vec4f {
  switch (B_FORM) {
    case 1u: { return vec4f(b[i % shape.cols4]); }
    case 2u: { return vec4f(f32(b[0].x)); }
    default: { return vec4f(b[i]); }
  }
}

fn f(x: vec4f, y: vec4f) -> vec4f {
  switch (OPERATION) {
    case 0u: { return x + y; }
    case 1u: { return x - y; }
    case 2u: { return x * y; }
    case 3u: { return x / y; }
    case 4u: { return shape.p * x + shape.q; }
    case 5u: { return exp(x); }
    case 6u: { return log(x); }
    case 7u: { return sqrt(x); }
    case 8u: { return select(vec4f(), x, y > vec4f()); } // x where y is positive
    case 9u: { return -x * y; }
    default: { return x; }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i < shape.size4) { out[i] = StoredOut(f(vec4f(a[i]), operand(i))); }
}
