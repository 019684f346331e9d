// The largest value under each position of a window; one invocation for four channels of an output pixel.

@group(0) @binding(1) var<storage, read_write> y: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= g.items) { return; }
  let pixel = i / g.channels4;
  let channel = i - pixel * g.channels4;
  let line = pixel / g.out_width;
  let image = line / g.out_height;
  let top = (line - image * g.out_height) * STRIDE;
  let left = (pixel - line * g.out_width) * STRIDE;
  let corner = (image * g.in_height + top) * g.in_width + left;
  var largest = vec4f(x[corner * g.channels4 + channel]);
  for (var dy = 0u; dy < SIZE; dy++) {
    // At the border the last row or column is looked at again, which changes no maximum.
    let row = image * g.in_height + min(top + dy, g.in_height - 1u);
    for (var dx = 0u; dx < SIZE; dx++) {
      let column = min(left + dx, g.in_width - 1u);
      largest = max(largest, vec4f(x[(row * g.in_width + column) * g.channels4 + channel]));
    }
  }
  y[i] = Stored(largest);
}
