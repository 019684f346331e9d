// The geometry of a convolution whose patches are laid out, for some of the batch's images.

struct Geometry {
  in_height: u32,
  in_width: u32,
  channels4: u32, // of the input, in vec4
  out_height: u32,
  out_width: u32,
  kernel_height: u32,
  kernel_width: u32,
  stride: u32,
  padding: u32,
  first_image: u32,
  pixels: u32,    // output pixels of these images
  stored: u32,    // rows of the panel, further ones zero
}
@group(1) @binding(0) var<uniform> g: Geometry;
