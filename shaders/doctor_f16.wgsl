// The known answer of doctor_f32.wgsl with f16 as storage and f32 as accumulator, the only way the
// engine uses f16. The sums stay below 2048, up to which f16 holds every whole number.

enable f16;

@group(0) @binding(0) var<storage, read> a: array<f16>;
@group(0) @binding(1) var<storage, read> b: array<f16>;
@group(0) @binding(2) var<storage, read_write> product: array<f16>;

const SIZE = 32u;
const TILE = 8u;

var<workgroup> tile_a: array<f16, 64>;
var<workgroup> tile_b: array<f16, 64>;

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
      sum += f32(tile_a[local.y * TILE + i]) * f32(tile_b[i * TILE + local.x]);
    }
    workgroupBarrier();
  }
  product[place.y * SIZE + place.x] = f16(sum);
}
