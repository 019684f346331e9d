// For each invocation the sum of squared differences of two ranges, and of squared expected values. What is not
// finite counts as a difference beyond any bound, by its bits: an adapter's arithmetic may know no NaN.

struct Shape {
  size4: u32,
}
@group(0) @binding(0) var<storage, read> expected: array<Stored>;
@group(0) @binding(1) var<storage, read> actual: array<Stored>;
@group(0) @binding(2) var<storage, read_write> sums: array<vec2f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  const EXPONENT = vec4u(0x7f800000u);
  var sum = vec2f();
  var finite = true;
  for (var i = id.x; i < shape.size4; i += groups.x * 64u) {
    let wanted = vec4f(expected[i]);
    let found = vec4f(actual[i]);
    let difference = found - wanted;
    sum += vec2f(dot(difference, difference), dot(wanted, wanted));
    finite = finite && all((bitcast<vec4u>(found) & EXPONENT) != EXPONENT);
  }
  sums[id.x] = vec2f(select(1e30, sum.x, finite), sum.y);
}
