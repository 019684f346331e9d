// What the kernels that read a photo share. Pixels are words: red, green and blue from the lowest byte on.
// A rectangle of a photo, or of a halved one, begins at the word `offset` and takes `stride` words a row.

struct Source {
  offset: u32,
  stride: u32,
  columns: f32, // extents; those of a halved photo need not be whole
  rows: f32,
}
@group(0) @binding(0) var<storage, read> photo: array<u32>;

fn colour(word: u32) -> vec3f { return 255.0 * unpack4x8unorm(word).xyz; }

// Where the part of an interval begins and ends that lies within an extent.
fn within(first: f32, size: f32, extent: f32) -> vec2f {
  return clamp(vec2f(first, first + size), vec2f(0.0), vec2f(extent));
}

// The mean colour over the rectangle from `first` on, black where it reaches over the photo's border. An
// interval of length 1 makes this bilinear interpolation.
fn mean_colour(source: Source, first: vec2f, size: vec2f) -> vec3f {
  let x = within(first.x, size.x, source.columns);
  let y = within(first.y, size.y, source.rows);
  let last_column = u32(ceil(x.y));
  let last_row = u32(ceil(y.y));
  var sum = vec3f(0.0);
  for (var row = u32(y.x); row < last_row; row++) {
    let height = min(f32(row) + 1.0, y.y) - max(f32(row), y.x);
    let start = source.offset + row * source.stride;
    var line = vec3f(0.0);
    for (var column = u32(x.x); column < last_column; column++) {
      let width = min(f32(column) + 1.0, x.y) - max(f32(column), x.x);
      line += width * colour(photo[start + column]);
    }
    sum += height * line;
  }
  return sum / (size.x * size.y);
}

// The network's input.
fn normalised(value: vec3f) -> vec4f { return vec4f((value - 127.5) * 0.0078125, 0.0); }
