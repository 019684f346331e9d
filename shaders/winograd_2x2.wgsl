// Winograd's transforms for tiles of 2 x 2: points 0, 1, -1 and infinity. Each goes first down the
// columns of its square, then along the rows; `take(i, j)` is its source and `give(p, value)` its result, p
// counted along the rows.

const TILE = 2u;
const POINTS = 4u;

struct Points { a: vec4f, b: vec4f, c: vec4f, d: vec4f }
struct Pixels { a: vec4f, b: vec4f }
struct Taps { a: vec4f, b: vec4f, c: vec4f }

fn input_line(d: Points) -> Points { return Points(d.a - d.c, d.b + d.c, d.c - d.b, d.b - d.d); }
fn gradient_line(d: Pixels) -> Points { return Points(d.a, d.a + d.b, d.a - d.b, -d.b); }
fn weight_line(w: Taps) -> Points {
  let even = 0.5 * (w.a + w.c);
  return Points(w.a, even + 0.5 * w.b, even - 0.5 * w.b, w.c);
}
fn output_line(m: Points) -> Pixels { return Pixels(m.a + m.b + m.c, m.b - m.c - m.d); }
fn weight_gradient_line(m: Points) -> Taps {
  let even = 0.5 * (m.b + m.c);
  return Taps(m.a + even, 0.5 * (m.b - m.c), even + m.d);
}

fn input_transform() {
  let a = input_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = input_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = input_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = input_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  give_points(0u, input_line(Points(a.a, b.a, c.a, d.a)));
  give_points(1u, input_line(Points(a.b, b.b, c.b, d.b)));
  give_points(2u, input_line(Points(a.c, b.c, c.c, d.c)));
  give_points(3u, input_line(Points(a.d, b.d, c.d, d.d)));
}
fn gradient_transform() {
  let a = gradient_line(Pixels(take(0u, 0u), take(1u, 0u)));
  let b = gradient_line(Pixels(take(0u, 1u), take(1u, 1u)));
  give_points(0u, gradient_line(Pixels(a.a, b.a)));
  give_points(1u, gradient_line(Pixels(a.b, b.b)));
  give_points(2u, gradient_line(Pixels(a.c, b.c)));
  give_points(3u, gradient_line(Pixels(a.d, b.d)));
}
fn weight_transform() {
  let a = weight_line(Taps(take(0u, 0u), take(1u, 0u), take(2u, 0u)));
  let b = weight_line(Taps(take(0u, 1u), take(1u, 1u), take(2u, 1u)));
  let c = weight_line(Taps(take(0u, 2u), take(1u, 2u), take(2u, 2u)));
  give_points(0u, weight_line(Taps(a.a, b.a, c.a)));
  give_points(1u, weight_line(Taps(a.b, b.b, c.b)));
  give_points(2u, weight_line(Taps(a.c, b.c, c.c)));
  give_points(3u, weight_line(Taps(a.d, b.d, c.d)));
}
fn output_transform() {
  let a = output_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = output_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = output_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = output_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  give_pixels(0u, output_line(Points(a.a, b.a, c.a, d.a)));
  give_pixels(1u, output_line(Points(a.b, b.b, c.b, d.b)));
}
fn weight_gradient_transform() {
  let a = weight_gradient_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = weight_gradient_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = weight_gradient_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = weight_gradient_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  give_taps(0u, weight_gradient_line(Points(a.a, b.a, c.a, d.a)));
  give_taps(1u, weight_gradient_line(Points(a.b, b.b, c.b, d.b)));
  give_taps(2u, weight_gradient_line(Points(a.c, b.c, c.c, d.c)));
}

fn give_points(i: u32, line: Points) {
  give(i * 4u + 0u, line.a);
  give(i * 4u + 1u, line.b);
  give(i * 4u + 2u, line.c);
  give(i * 4u + 3u, line.d);
}
fn give_pixels(i: u32, line: Pixels) {
  give(i * 2u + 0u, line.a);
  give(i * 2u + 1u, line.b);
}
fn give_taps(i: u32, line: Taps) {
  give(i * 3u + 0u, line.a);
  give(i * 3u + 1u, line.b);
  give(i * 3u + 2u, line.c);
}
