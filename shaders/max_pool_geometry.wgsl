// The geometry of max pooling over images [batch, height, width, channels]. SIZE and STRIDE are constants: a
// window is SIZE x SIZE, and what reaches over the right and the lower border is left out.

struct Geometry {
  items: u32,     // vec4 of what the kernel writes
  in_height: u32,
  in_width: u32,
  out_height: u32,
  out_width: u32,
  channels4: u32, // in vec4
}
@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(1) @binding(0) var<uniform> g: Geometry;
