// The gradient of max pooling: that of a window goes to the first of its largest values, in reading order.
// One invocation for four channels of an input pixel adds up the windows in which it comes first.

@group(0) @binding(1) var<storage, read> dy: array<Stored>;
@group(0) @binding(2) var<storage, read_write> dx: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= g.items) { return; }
  let pixel = i / g.channels4;
  let channel = i - pixel * g.channels4;
  let line = pixel / g.in_width;
  let image = line / g.in_height;
  let row = line - image * g.in_height;
  let column = pixel - line * g.in_width;
  let own = vec4f(x[i]);
  var sum = vec4f();
  // The windows over this pixel: it is their row `a` and their column `b`.
  for (var a = row % STRIDE; a < SIZE; a += STRIDE) {
    for (var b = column % STRIDE; b < SIZE; b += STRIDE) {
      if (a > row || b > column) { continue; }
      let window = vec2u((row - a) / STRIDE, (column - b) / STRIDE);
      if (window.x >= g.out_height || window.y >= g.out_width) { continue; }
      var first = vec4<bool>(true);
      for (var p = 0u; p < SIZE * SIZE; p++) {
        let at = vec2u(row - a + p / SIZE, column - b + p % SIZE);
        if (at.x >= g.in_height || at.y >= g.in_width) { continue; }
        let other = vec4f(x[((image * g.in_height + at.x) * g.in_width + at.y) * g.channels4 + channel]);
        first = first & select(own >= other, own > other, vec4<bool>(p < a * SIZE + b));
      }
      let gradient = (image * g.out_height + window.x) * g.out_width + window.y;
      sum += select(vec4f(), vec4f(dy[gradient * g.channels4 + channel]), first);
    }
  }
  dx[i] = Stored(sum);
}
