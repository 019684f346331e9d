// Lays out the patch under each output pixel of a convolution as a row of a panel,
// [pixels, taps, channels]: with it a convolution is a matrix product. One invocation gathers all taps of
// four channels.

@group(0) @binding(0) var<storage, read> image: array<Stored>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let item = id.x + id.y * groups.x * 64u;
  let pixel = item / g.channels4;
  if (pixel >= g.stored) { return; }
  let channel = item - pixel * g.channels4;
  let taps = g.kernel_height * g.kernel_width;
  var to = pixel * taps * g.channels4 + channel;
  let line = pixel / g.out_width;
  let in_batch = line / g.out_height;
  let base = (g.first_image + in_batch) * g.in_height * g.in_width;
  let y0 = i32((line - in_batch * g.out_height) * g.stride) - i32(g.padding);
  let x0 = i32((pixel - line * g.out_width) * g.stride) - i32(g.padding);
  for (var i = 0u; i < g.kernel_height; i++) {
    let y = y0 + i32(i);
    for (var j = 0u; j < g.kernel_width; j++) {
      let x = x0 + i32(j);
      let inside = pixel < g.pixels && y >= 0 && x >= 0 && y < i32(g.in_height) && x < i32(g.in_width);
      let at = (base + u32(y * i32(g.in_width) + x)) * g.channels4 + channel;
      panel_put(to, select(vec4f(), vec4f(image[select(0u, at, inside)]), inside));
      to += g.channels4;
    }
  }
}
