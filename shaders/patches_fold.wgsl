// Adds up the gradients of patches, [pixels, taps, channels], where patches overlap: the gradient of the
// image that patches.wgsl read. One invocation sums four channels of an input pixel.

@group(0) @binding(0) var<storage, read> patches: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> image: array<StoredOut>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let item = id.x + id.y * groups.x * 64u;
  let pixel = item / g.channels4;
  if (pixel >= g.pixels) { return; }
  let channel = item - pixel * g.channels4;
  let line = pixel / g.in_width;
  let in_batch = line / g.in_height;
  let y0 = line - in_batch * g.in_height + g.padding;
  let x0 = pixel - line * g.in_width + g.padding;
  let taps = g.kernel_height * g.kernel_width;
  var sum = vec4f();
  for (var i = y0 % g.stride; i < min(g.kernel_height, y0 + 1u); i += g.stride) {
    let y = (y0 - i) / g.stride;
    if (y >= g.out_height) { continue; }
    for (var j = x0 % g.stride; j < min(g.kernel_width, x0 + 1u); j += g.stride) {
      let x = (x0 - j) / g.stride;
      if (x >= g.out_width) { continue; }
      let row = ((in_batch * g.out_height + y) * g.out_width + x) * taps + i * g.kernel_width + j;
      sum += patches[row * g.channels4 + channel];
    }
  }
  image[(g.first_image * g.in_height * g.in_width + pixel) * g.channels4 + channel] = StoredOut(sum);
}
