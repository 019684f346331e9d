// Squares of a photo as network input [crops, side, side, 4], resized as in photo_level.wgsl; what reaches over
// the photo's border is black. A crop of negative width is mirrored. One invocation a pixel.

struct Crop {
  left: f32,
  top: f32,
  width: f32,
  height: f32,
  source: Source,
}
struct Shape {
  first: u32, // the first crop of this dispatch, in the list and in the output
  pixels: u32, // of this dispatch
  side: u32,
}
@group(0) @binding(1) var<storage, read> crops: array<Crop>;
@group(0) @binding(2) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.pixels) { return; }
  let area = shape.side * shape.side;
  let crop = crops[shape.first + i / area];
  let place = vec2f(vec2u(i % shape.side, i % area / shape.side));
  let start = vec2f(crop.left, crop.top);
  let extent = vec2f(crop.width, crop.height);
  let step = extent / f32(shape.side);
  let size = max(abs(step), vec2f(1.0));
  let middle = start + (place + 0.5) * step;
  let least = min(start, start + extent);
  let most = max(least, max(start, start + extent) - size);
  let first = clamp(middle - 0.5 * size, least, most);
  out[shape.first * area + i] = normalised(mean_colour(crop.source, first, size));
}
