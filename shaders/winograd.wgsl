// What the kernels of Winograd's convolution share. A 3 x 3 convolution of stride 1 is computed on tiles of
// its output: tile and kernel are both taken to a set of points (the transform), where convolving is
// multiplying, and the products are taken back. Over all channels the multiplications are one matrix product
// for each point. (Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, 2015.)
//
// The tile's side TILE is 2 or 4; the points form a square of side POINTS = TILE + 2. Linked with
// winograd_2x2.wgsl or winograd_4x4.wgsl, which walk the transforms and call `take` and `give`.

struct Winograd {
  height: u32,     // of the image that is read or written
  width: u32,
  channels4: u32,  // of that image, in vec4
  padding: u32,    // zero rows above the image and columns left of it
  tiles_down: u32, // in one image
  tiles_across: u32,
  tile_limit: u32, // in the batch
  first_tile: u32, // of this piece
  tiles: u32,      // in this piece
  first_col4: u32, // of the channels in this piece
  cols4: u32,
  rows: u32,       // rows of the weights' matrices
  rows4: u32,      // channels of one row of the weights as they are stored, in vec4
}
@group(1) @binding(0) var<uniform> g: Winograd;

// The invocation's tile or row of weights, and its channels.
var<private> row: u32;
var<private> col: u32;

// Where a point of the invocation's row and column lies in [points, rows, cols4]. Points are a few vec4 apart: at
// a power of two, what is written or read together would fall on the same lines of a processor's cache.
fn point(p: u32, rows: u32) -> u32 { return p * (rows * g.cols4 + GAP) + row * g.cols4 + col; }

// False past the end of the work.
fn locate(item: u32, rows: u32) -> bool {
  row = item / g.cols4;
  col = item - row * g.cols4;
  return row < rows;
}

// The tile's image, row and column of tiles.
fn tile_place() -> vec3u {
  let tile = g.first_tile + row;
  let line = tile / g.tiles_across;
  let image = line / g.tiles_down;
  return vec3u(image, line - image * g.tiles_down, tile - line * g.tiles_across);
}
fn exists() -> bool { return g.first_tile + row < g.tile_limit; }
