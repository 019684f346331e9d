// Collects the places where a probability is above a threshold: of each its number, and the four numbers that
// go with it. In no particular order; what does not fit the list is only counted. One invocation a place.

struct Candidate {
  place: u32,
  group: u32, // what the caller knows this dispatch by
  probability: f32,
  spare: f32,
  regression: vec4f,
}
struct Shape {
  places: u32,
  group: u32,
  threshold: f32,
}
@group(0) @binding(0) var<storage, read> probability: array<f32>;
@group(0) @binding(1) var<storage, read> regression: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> count: atomic<u32>;
@group(0) @binding(3) var<storage, read_write> list: array<Candidate>;
@group(1) @binding(0) var<uniform> shape: Shape;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.x + id.y * groups.x * 64u;
  if (i >= shape.places || !(probability[i] > shape.threshold)) { return; }
  let at = atomicAdd(&count, 1u);
  if (at < arrayLength(&list)) {
    list[at] = Candidate(i, shape.group, probability[i], 0.0, regression[i]);
  }
}
