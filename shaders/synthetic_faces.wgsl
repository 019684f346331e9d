// Draws heads that nobody has: each pixel's ray is marched through the distance field of synthetic_head.wgsl.
// One invocation a pixel, one ray each: painted edges are as soft as the pixel is wide, and the silhouette
// is blended by how closely a ray misses, so that nothing jags.

struct Shape {
  width: u32,
  height: u32,
  images: u32,
}

@group(0) @binding(0) var<storage, read> faces: array<Face>;
@group(0) @binding(1) var<storage, read_write> light: array<vec4f>; // [images, height, width], linear
@group(1) @binding(0) var<uniform> shape: Shape;

const MARCH_STEPS = 40;
const BOUNDING_RADIUS = 2.2;

// ---- light ----

// The gradient of the field from the corners of a tetrahedron as wide as the pixel, which smooths away
// what the pixel is too coarse to show. A loop, so that the field is compiled once.
fn normal_at(p: vec3f, width: f32) -> vec3f {
  var sum = vec3f(0.0);
  for (var i = 0; i < 4; i++) {
    let corner = vec3f(f32((i + 3) >> 1u & 1), f32(i >> 1u & 1), f32(i & 1)) * 2.0 - 1.0;
    sum += corner * distance_field(p + corner * width);
  }
  return normalize(sum + vec3f(0.0, 0.0, 1e-9)); // where the field is flat, sum is zero
}

// Two looks along the normal: a surface nearer than it should be hides part of the sky.
fn openness(p: vec3f, normal: vec3f) -> f32 {
  var hidden = 0.0;
  for (var i = 1; i <= 2; i++) {
    let reach = 0.12 * f32(i);
    hidden += max(0.0, reach - distance_field(p + normal * reach)) / f32(i);
  }
  return saturate(1.0 - 2.5 * hidden);
}

// How much of a broad lamp a point sees: the narrowest gap on the way, relative to the way.
fn lit(p: vec3f) -> f32 {
  var gap = 1.0;
  var t = 0.08;
  for (var i = 0; i < 7; i++) {
    let d = distance_field(p + face.key_direction * t);
    gap = min(gap, 5.0 * d / t);
    t += clamp(d, 0.06, 0.35);
    if (gap < 0.0) { break; }
  }
  return smoothstep(0.0, 1.0, gap);
}

// ---- colour ----

fn hash(x: u32) -> u32 { // PCG's output permutation
  let state = x * 747796405u + 2891336453u;
  let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (word >> 22u) ^ word;
}

fn random(x: u32) -> f32 { return f32(hash(x) >> 8u) / 16777216.0; }

// Value noise in the plane.
fn noise(p: vec2f, seed: u32) -> f32 {
  let cell = vec2i(floor(p));
  let f = smoothstep(vec2f(0.0), vec2f(1.0), fract(p));
  let row = hash(seed + bitcast<u32>(cell.y));
  let next = hash(seed + bitcast<u32>(cell.y + 1));
  let x = bitcast<u32>(cell.x);
  return mix(
    mix(random(row + x), random(row + x + 1u), f.x),
    mix(random(next + x), random(next + x + 1u), f.x),
    f.y,
  );
}

// 1 inside a painted area, 0 outside, and as soft at the border as the pixel is wide.
fn inside(distance: f32, width: f32) -> f32 { return saturate(0.5 - distance / width); }

fn paint_mole(color: vec3f, p: vec3f, mole: vec3f, width: f32) -> vec3f {
  let present = select(0.0, 0.8, mole.z > 0.0);
  return mix(color, vec3f(0.06, 0.025, 0.015), present * inside(length(p.xy - mole.xy) - mole.z, width));
}

fn paint_lips(color: vec3f, p: vec3f, width: f32) -> vec3f {
  let across = p.x / face.mouth_width;
  let taper = max(0.0, 1.0 - across * across);
  let bow = 1.0 - 0.35 * max(0.0, 1.0 - 12.0 * across * across);
  let v = mouth_height(p);
  let gap = 0.5 * face.mouth_gap * taper;
  let top = gap + face.upper_lip * bow * taper;
  let bottom = -gap - face.lower_lip * sqrt(taper);
  let lips = inside(max(v - top, bottom - v), 0.03 + width);
  let within = taper * 8.0; // fades out at the corners
  let line = inside(abs(v) - gap - 0.008, 0.02 + width) * saturate(within);
  let teeth = inside(v - gap + 0.02, width) * inside(gap * 0.1 - v, width) * saturate(12.0 * gap);
  let hollow = mix(vec3f(0.05, 0.015, 0.012), vec3f(0.6, 0.57, 0.5), teeth);
  let painted = mix(color, face.lip_color, lips * saturate(within));
  return mix(painted, mix(painted * 0.35, hollow, saturate(20.0 * gap)), line);
}

fn paint_brow(color: vec3f, p: vec3f, width: f32) -> vec3f {
  let u = (abs(p.x) - face.eye.x) / face.brow.z; // -1 at the nose, 1 at the temple
  let middle = face.brow.x + face.brow.w * (0.6 - u * u) + face.brow_slope * u * 0.25;
  let ends = saturate(1.25 - 0.65 * max(u, 0.0)) * saturate(3.0 * (1.08 - abs(u)));
  let thickness = face.brow.y * ends;
  let hairs = 0.75 + 0.25 * noise(vec2f(40.0 * p.x, 16.0 * p.y), face.texture);
  let area = inside(abs(p.y - middle) - thickness, 0.035 + width);
  return mix(color, face.brow_color, area * face.brow_density * hairs * saturate(9.0 * ends));
}

fn paint_eye(color: vec3f, p: vec3f, width: f32) -> vec3f {
  let side = sign(p.x);
  let q = vec2f(abs(p.x) - face.eye.x, p.y);
  // Turned by the tilt, small enough for sine and cosine to be dropped.
  let r = vec2f(q.x + face.eye_tilt * q.y, q.y - face.eye_tilt * q.x);
  let u = r.x / face.eye.y;
  let arc = 1.0 - u * u;
  let upper = face.eye.z * arc * (1.15 - 0.25 * u);
  let lower = -face.eye.w * arc * (1.0 + 0.3 * u);
  let opening = inside(max(r.y - upper, lower - r.y), width) * step(0.0, arc);
  let to_iris = length(q - vec2f(side * face.gaze.x * 0.07, face.gaze.y * 0.03 + 0.012));
  let iris = mix(face.iris, face.iris * 0.3, smoothstep(0.06, 0.09, to_iris));
  var ball = mix(vec3f(0.62, 0.58, 0.55), iris, inside(to_iris - 0.088, width));
  ball = mix(ball, vec3f(0.004), inside(to_iris - 0.036, width));
  let shadow = 0.45 + 0.55 * smoothstep(0.0, 0.07, upper - r.y); // of the upper lid
  let lid_fold = inside(abs(r.y - upper - 0.06) - 0.006, 0.03 + width) * saturate(3.0 * arc);
  let lashes = inside(abs(r.y - upper) - 0.02, 0.012 + width) * saturate(4.0 * arc);
  let skin = mix(color, color * 0.6, lid_fold);
  return mix(mix(skin, ball * shadow, opening), vec3f(0.02, 0.012, 0.01), 0.85 * lashes);
}

fn skin_at(p: vec3f, width: f32) -> vec3f {
  var color = face.skin_color;
  let blush = hill(vec2f(abs(p.x) - 0.5, p.y + 0.45), vec2f(0.4, 0.35)) +
    hill(vec2f(p.x, p.y + face.nose.x), vec2f(0.2, 0.2));
  color *= vec3f(1.0) + blush * vec3f(0.06, -0.08, -0.06);
  color *= 0.94 + 0.12 * noise(p.xy * 9.0, face.texture + 7u);
  if (p.z < 0.2) { return color; }
  let freckle = smoothstep(0.62, 0.8, noise(p.xy * 26.0, face.texture + 3u));
  let around_nose = hill(vec2f(p.x, p.y + 0.25), vec2f(0.9, 0.55));
  color *= 1.0 - face.freckles * freckle * around_nose * vec3f(0.35, 0.55, 0.6);
  let below = smoothstep(-0.55, -0.85, p.y + 0.25 * abs(p.x) - 0.12);
  let stubble = face.stubble * below * (0.75 + 0.25 * noise(p.xy * 45.0, face.texture + 5u));
  color = mix(color, face.brow_color * 0.6 + color * 0.15, 0.75 * stubble);
  color = paint_mole(paint_mole(color, p, face.mole_a, width), p, face.mole_b, width);
  let nostril = vec2f(abs(p.x) - 0.55 * face.nose.y, p.y + face.nose.x + 0.085) / vec2f(0.045, 0.022);
  color = mix(color, color * 0.15, inside(length(nostril) - 1.0, 1.2));
  color = paint_lips(color, p, width);
  color = paint_eye(color, p, width);
  return paint_brow(color, p, width);
}

fn hair_at(p: vec3f) -> vec3f {
  let across = p.x + 0.35 * sin(2.0 * p.y) * p.x;
  let strands = noise(vec2f(26.0 * across, 3.0 * p.y + 3.0 * p.z), face.texture + 11u);
  return face.hair_color * (0.55 + 0.9 * strands);
}

// What the camera sees of the surface at p.
fn shade(p: vec3f, ray: vec3f, width: f32) -> vec3f {
  let normal = normal_at(p, max(0.012, 0.6 * width));
  let has_hair = face.hair.y > 0.0;
  let over = skin_distance(p) - select(9.0, hair_distance(p), has_hair);
  let hairy = saturate(0.5 + over / (0.03 + width));
  var albedo = mix(skin_at(p, width), hair_at(p), hairy);
  albedo = mix(albedo, face.clothes, inside(p.y + 1.75, width));
  let facing = dot(normal, face.key_direction);
  var lamp = 0.0;
  if (facing > -0.2) { lamp = lit(p + normal * 0.03); }
  // Light creeps a little around skin, and reddens on its way.
  let wrap = max(vec3f(0.0), (facing + vec3f(0.22, 0.1, 0.08)) / vec3f(1.22, 1.1, 1.08));
  let sky = mix(face.ground_light, face.sky_light, 0.5 + 0.5 * normal.y) * openness(p, normal);
  let halfway = max(0.0, dot(normal, normalize(face.key_direction - ray)));
  let sheen = face.gloss * mix(0.5 * pow(halfway, 18.0), 0.25 * pow(halfway, 8.0), hairy);
  return albedo * (face.key_light * wrap * lamp + sky) + sheen * face.key_light * lamp * 0.5;
}

// ---- what is not head ----

fn backdrop(uv: vec2f) -> vec3f {
  let direction = vec2f(cos(face.backdrop_angle), sin(face.backdrop_angle));
  var color = mix(face.backdrop_from, face.backdrop_to, saturate(0.5 + dot(uv, direction)));
  for (var i = 0u; i < 4u; i++) { // out-of-focus things
    let seed = face.seed + 16u * i;
    let centre = vec2f(random(seed), random(seed + 1u)) - 0.5;
    let radius = 0.1 + 0.3 * random(seed + 2u);
    let thing = vec3f(random(seed + 3u), random(seed + 4u), random(seed + 5u)) * random(seed + 6u);
    color = mix(color, thing, 0.8 * face.clutter * smoothstep(radius, 0.6 * radius, length(uv - centre)));
  }
  return color;
}

fn shoulders(color: vec3f, ray: vec3f, width: f32) -> vec3f {
  let p = face.origin + ray * ((-0.4 - face.origin.z) / ray.z);
  let cloth = face.clothes * (face.sky_light + 0.4 * face.key_light);
  return mix(color, cloth, inside(p.y + 1.6 + 0.15 * abs(p.x), width));
}

// Glasses are drawn on a plane before the eyes: exact parallax for the price of one intersection.
fn wear_glasses(color: vec3f, ray: vec3f, width: f32) -> vec3f {
  let p = face.origin + ray * ((1.02 - face.origin.z) / ray.z);
  let q = vec2f(abs(p.x) - face.eye.x - 0.02, p.y + 0.03);
  let rounding = 0.1;
  let rim = length(max(abs(q) - face.glasses_size + rounding, vec2f(0.0))) - rounding;
  let gap = abs(p.x) - face.eye.x + face.glasses_size.x;
  let bridge = max(abs(p.y - 0.02) - face.glasses_frame, gap);
  let lens = face.glasses_shade * inside(rim, width);
  let streak = smoothstep(0.11, 0.05, abs(q.x + q.y)); // a window mirrored in the lens
  let seen = color * (1.0 - lens) + 0.45 * streak * lens * face.sky_light;
  let frame_color = face.glasses_color * (face.sky_light + 0.5 * face.key_light);
  return mix(seen, frame_color, inside(min(abs(rim) - face.glasses_frame, bridge), width));
}

// ---- the ray ----

// Where a ray comes nearest to the head: distance along the ray, and how far off it passes in pixels.
fn march(ray: vec3f) -> vec2f {
  let middle = -dot(face.origin, ray);
  let square = middle * middle - dot(face.origin, face.origin) + BOUNDING_RADIUS * BOUNDING_RADIUS;
  if (square <= 0.0) { return vec2f(0.0, 9.0); }
  var t = middle - sqrt(square);
  let end = middle + sqrt(square);
  var nearest = vec2f(t, 9.0);
  for (var i = 0; i < MARCH_STEPS; i++) {
    let d = distance_field(face.origin + ray * t);
    let off = d / (face.pixel_width * t);
    if (off < nearest.y) { nearest = vec2f(t, off); }
    if (off < 0.3 || t > end) { break; }
    t += 0.9 * d;
  }
  return nearest;
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= shape.width || id.y >= shape.height) { return; }
  face = faces[id.z];
  let pixel = vec2f(id.xy);
  let ray = normalize(face.corner + pixel.x * face.right + pixel.y * face.down);
  let hit = march(ray);
  let size = vec2f(f32(shape.width), f32(shape.height));
  let coverage = saturate(1.3 - hit.y);
  var color = vec3f(0.0);
  if (coverage < 1.0) {
    let width = 2.0 * face.pixel_width * length(face.origin);
    color = shoulders(backdrop((pixel + 0.5) / size - 0.5), ray, width);
  }
  if (coverage > 0.0) {
    color = mix(color, shade(face.origin + ray * hit.x, ray, face.pixel_width * hit.x), coverage);
  }
  if (face.glasses_frame > 0.0) {
    color = wear_glasses(color, ray, face.pixel_width * length(face.origin));
  }
  light[(id.z * shape.height + id.y) * shape.width + id.x] = vec4f(color * face.exposure, 1.0);
}
