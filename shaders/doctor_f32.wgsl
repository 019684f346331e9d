// A known answer: the 32x32 matrix product of small whole numbers, which f32 holds exactly, through
// tiles in workgroup memory and barriers as the engine's kernels use them.

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> product: array<f32>;

const SIZE = 32u;
const TILE = 8u;

var<workgroup> tile_a: array<f32, 64>;
var<workgroup> tile_b: array<f32, 64>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(global_invocation_id) place: vec3<u32>,
  @builtin(local_invocation_id) local: vec3<u32>,
) {
  let slot = local.y * TILE + local.x;
  var sum = 0.0;
  for (var k = 0u; k < SIZE; k += TILE) {
    tile_a[slot] = a[place.y * SIZE + k + local.x];
    tile_b[slot] = b[(k + local.y) * SIZE + place.x];
    workgroupBarrier();
    for (var i = 0u; i < TILE; i++) {
      sum += tile_a[local.y * TILE + i] * tile_b[i * TILE + local.x];
    }
    workgroupBarrier();
  }
  product[place.y * SIZE + place.x] = sum;
}
