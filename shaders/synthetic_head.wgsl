// The shape of a synthetic head: its parameters and a signed distance field made of them. Valid alone, but
// without an entry point: synthetic_faces.wgsl is linked behind it.
// Head space: x to the image's right, y up from the line through the eyes, z towards the camera; 1 is 75 mm.

struct Face {
  origin: vec3f, // of all rays, in head space
  pixel_width: f32, // at distance 1
  corner: vec3f, // direction through the first pixel
  right: vec3f, // added to the direction for each pixel to the right
  down: vec3f, // and for each further down
  seed: u32,
  key_direction: vec3f,
  exposure: f32,
  key_light: vec3f,
  sky_light: vec3f,
  ground_light: vec3f,
  gloss: f32,
  backdrop_from: vec3f,
  backdrop_angle: f32,
  backdrop_to: vec3f,
  clutter: f32,
  clothes: vec3f,
  texture: u32,
  skull: vec3f, // half axes
  jaw_drop: f32, // how far an open mouth lowers the chin
  jaw: vec3f, // half axes
  mouth_y: f32,
  chin: vec3f, // centre's y and z, and half width
  mouth_width: f32,
  cheek: vec3f, // cheekbone's y and height, fullness below
  smile: f32,
  nose: vec4f, // length, half width, bridge and tip radius
  nose_depth: f32,
  nose_hump: f32,
  upper_lip: f32,
  lower_lip: f32,
  eye: vec4f, // half distance, half width, upper and lower opening
  eye_tilt: f32,
  eye_depth: f32,
  gaze: vec2f,
  iris: vec3f,
  mouth_gap: f32,
  brow: vec4f, // height, half thickness, half length, arch
  brow_color: vec3f,
  brow_density: f32,
  brow_slope: f32,
  brow_ridge: f32,
  freckles: f32,
  stubble: f32,
  lip_color: vec3f,
  glasses_frame: f32,
  skin_color: vec3f,
  glasses_shade: f32,
  glasses_color: vec3f,
  ear_y: f32,
  glasses_size: vec2f,
  ear_size: f32,
  ear_x: f32,
  hair: vec4f, // thickness at side and top, height of the hairline, half width of the window
  hair_color: vec3f,
  hair_parting: f32,
  mole_a: vec3f, // x, y, radius
  hair_end: f32,
  mole_b: vec3f,
  hair_curl: f32,
}

// A copy of the face's parameters that the functions share, since loads are what costs in software.
var<private> face: Face;

// ---- shapes ----

// Nearly the distance to an ellipsoid about the origin (exact only on its surface).
fn ellipsoid(p: vec3f, axes: vec3f) -> f32 {
  let scaled = p / axes;
  let inner = length(scaled);
  return inner * (inner - 1.0) / length(scaled / axes);
}

// The distance to a rod that grows from one radius to another.
fn rod(p: vec3f, from_end: vec3f, to_end: vec3f, from_radius: f32, to_radius: f32) -> f32 {
  let axis = to_end - from_end;
  let along = saturate(dot(p - from_end, axis) / dot(axis, axis));
  return length(p - from_end - along * axis) - mix(from_radius, to_radius, along);
}

// Unites two shapes with a fillet of width k.
fn smooth_union(a: f32, b: f32, k: f32) -> f32 {
  let h = max(k - abs(a - b), 0.0) / k;
  return min(a, b) - 0.25 * k * h * h;
}

fn smooth_intersection(a: f32, b: f32, k: f32) -> f32 { return -smooth_union(-a, -b, k); }

// A smooth hill of height 1 over an ellipse; cheaper than uniting another ellipsoid.
fn hill(offset: vec2f, extent: vec2f) -> f32 {
  let q = offset / extent;
  let h = max(0.0, 1.0 - dot(q, q));
  return h * h;
}

// ---- the head ----

// Position over the lips' border: a smile bends the mouth, so the face is bent back instead.
fn mouth_height(p: vec3f) -> f32 {
  let across = p.x / face.mouth_width;
  return p.y - face.mouth_y - face.smile * 0.1 * (across * across - 0.2);
}

// How far the small forms of the face stand out from the skull, seen from the front.
fn relief(q: vec3f) -> f32 {
  let v = mouth_height(q);
  let width = 1.15 * face.mouth_width;
  let gap = 0.5 * face.mouth_gap;
  let above = vec2f(q.x, v - gap - 0.45 * face.upper_lip);
  let below = vec2f(q.x, v + gap + 0.5 * face.lower_lip);
  let upper = face.upper_lip * hill(above, vec2f(width, 1.3 * face.upper_lip));
  let lower = face.lower_lip * hill(below, vec2f(width, 1.2 * face.lower_lip));
  let bones = face.brow_ridge * hill(q.xy - vec2f(0.36, 0.2), vec2f(0.5, 0.22)) +
    face.cheek.y * hill(q.xy - vec2f(0.62, face.cheek.x), vec2f(0.45, 0.4));
  let flesh = face.cheek.z * hill(q.xy - vec2f(0.5, -0.75), vec2f(0.4, 0.45)) +
    0.07 * max(0.0, face.smile) * hill(q.xy - vec2f(0.5, -0.55), vec2f(0.28, 0.3));
  let socket = face.eye_depth * hill(q.xy - vec2f(face.eye.x, 0.03), vec2f(0.36, 0.27));
  return saturate(3.0 * (q.z - 0.15)) * (0.7 * (upper + lower) + bones + flesh - socket);
}

fn nose_distance(q: vec3f) -> f32 {
  let tip = vec3f(0.0, -face.nose.x, face.nose_depth);
  let root = vec3f(0.0, 0.12, 0.84);
  let hump = vec3f(0.0, 0.0, face.nose_hump * hill(vec2f(q.y + 0.2, 0.0), vec2f(0.3, 1.0)));
  let bridge = rod(q - hump, root, tip, face.nose.z, 0.8 * face.nose.w);
  let end = length(q - tip) - face.nose.w;
  let wing = ellipsoid(
    q - vec3f(face.nose.y - 0.04, tip.y - 0.02, tip.z - 0.17),
    vec3f(0.09, 0.09, 0.13),
  );
  return smooth_union(smooth_union(bridge, end, 0.08), wing, 0.06);
}

fn skin_distance(p: vec3f) -> f32 {
  let q = vec3f(abs(p.x), p.yz); // the head is symmetric
  let drop = vec3f(0.0, face.jaw_drop, 0.0);
  var d = ellipsoid(q - vec3f(0.0, 0.3, -0.15), face.skull);
  d = smooth_union(d, ellipsoid(q - vec3f(0.0, -0.55, 0.1) + 0.5 * drop, face.jaw), 0.3);
  d = smooth_union(
    d,
    ellipsoid(q - vec3f(0.0, face.chin.xy) + drop, vec3f(face.chin.z, 0.22, 0.28)),
    0.25,
  );
  d -= relief(q);
  d = smooth_union(d, nose_distance(q), 0.1);
  let eyeball = vec3f(face.eye.x, 0.0, 0.66 - face.eye_depth);
  d = smooth_union(d, length(q - eyeball) - 0.2, 0.04);
  let ear = vec3f(face.ear_x, face.ear_y, -0.2);
  d = smooth_union(d, ellipsoid(q - ear, vec3f(0.08, face.ear_size, 0.17)), 0.06);
  let neck = max(length(q.xz - vec2f(0.0, -0.25)) - 0.56, q.y + 0.9);
  return smooth_union(d, neck, 0.12);
}

// A shell around the skull and two locks beside the face, opened by the window that the face looks out of.
fn hair_distance(p: vec3f) -> f32 {
  let q = vec3f(abs(p.x), p.yz);
  let grown = face.skull + vec3f(face.hair.x, face.hair.y, max(face.hair.x, 0.05));
  var d = ellipsoid(q - vec3f(0.0, 0.3, -0.15), grown);
  let lock_length = max(0.3, 0.5 - 0.6 * face.hair_end);
  let lock = vec3f(0.84, 0.3 - 0.5 * lock_length, -0.2);
  let locks = ellipsoid(q - lock, vec3f(0.18 + face.hair.x, lock_length, 0.5));
  d = smooth_union(d, select(1.0, locks, face.hair_end < -0.4), 0.2);
  d = smooth_intersection(d, face.hair_end - p.y, 0.15);
  let curls = sin(11.0 * p.x) * sin(10.0 * p.y + 1.0) * sin(10.0 * p.z);
  d -= face.hair_curl * curls;
  let height = 1.35;
  let window = vec3f(face.hair_parting * 0.35, face.hair.z - height, 0.85);
  let lean = p.x * face.hair_parting * 0.5;
  let opening = ellipsoid(p - window - vec3f(0.0, lean, 0.0), vec3f(face.hair.w, height, 1.05));
  let tufts = 0.012 * sin(23.0 * p.x) * sin(17.0 * p.x + 9.0 * p.y);
  return smooth_intersection(d, tufts - opening, 0.2);
}

fn distance_field(p: vec3f) -> f32 {
  return min(skin_distance(p), select(9.0, hair_distance(p), face.hair.y > 0.0));
}
