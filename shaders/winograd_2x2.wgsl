// Winograd's transforms for tiles of 2 x 2: points 0, 1, -1 and infinity. Each goes first down the
// columns of its square, then along the rows; `take(i, j)` is its source and `give(p, value)` its result, p
// counted along the rows.
//
// The second half is a loop that the compiler cannot unroll, `~row` being no smaller than any count: six copies of
// a kernel's stores take long to compile.

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
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_points(i, input_line(Points(of_points(a, i), of_points(b, i), of_points(c, i), of_points(d, i))));
  }
}
fn gradient_transform() {
  let a = gradient_line(Pixels(take(0u, 0u), take(1u, 0u)));
  let b = gradient_line(Pixels(take(0u, 1u), take(1u, 1u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_points(i, gradient_line(Pixels(of_points(a, i), of_points(b, i))));
  }
}
fn weight_transform() {
  let a = weight_line(Taps(take(0u, 0u), take(1u, 0u), take(2u, 0u)));
  let b = weight_line(Taps(take(0u, 1u), take(1u, 1u), take(2u, 1u)));
  let c = weight_line(Taps(take(0u, 2u), take(1u, 2u), take(2u, 2u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_points(i, weight_line(Taps(of_points(a, i), of_points(b, i), of_points(c, i))));
  }
}
fn output_transform() {
  let a = output_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = output_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = output_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = output_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(2u, ~row); i++) {
    give_pixels(i, output_line(Points(of_pixels(a, i), of_pixels(b, i), of_pixels(c, i), of_pixels(d, i))));
  }
}
fn weight_gradient_transform() {
  let a = weight_gradient_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = weight_gradient_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = weight_gradient_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = weight_gradient_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(3u, ~row); i++) {
    give_taps(i, weight_gradient_line(Points(of_taps(a, i), of_taps(b, i), of_taps(c, i), of_taps(d, i))));
  }
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

fn of_points(p: Points, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), select(p.c, p.d, i == 3u), i >= 2u);
}
fn of_pixels(p: Pixels, i: u32) -> vec4f {
  return select(p.a, p.b, i == 1u);
}
fn of_taps(p: Taps, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), p.c, i == 2u);
}
