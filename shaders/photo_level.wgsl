// A part of a pyramid's level as network input [1, height, width, 4]: the photo resized, by the mean over a
// pixel's area where that shrinks it and bilinearly where it grows, as the authors' resizing does. One
// invocation a pixel.

struct Shape {
  source: Source,
  step: vec2f, // pixels of the source for one of the level
  left: u32, // the part's first column and row in the level
  top: u32,
  width: u32, // its extents
  pixels: u32,
  origin: vec2f, // where the source begins in the whole photo of that size
}
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.pixels) { return; }
  let place = vec2f(vec2u(shape.left + i % shape.width, shape.top + i / shape.width));
  let size = max(shape.step, vec2f(1.0));
  let middle = (place + 0.5) * shape.step - shape.origin;
  let most = vec2f(shape.source.columns, shape.source.rows) - size;
  let first = clamp(middle - 0.5 * size, vec2f(0.0), max(most, vec2f(0.0)));
  out[i] = normalised(mean_colour(shape.source, first, size));
}
