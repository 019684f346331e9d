// Winograd's transforms for tiles of 4 x 4: points 0, 1, -1, 2, -2 and infinity. Each goes first down the
// columns of its square, then along the rows; `take(i, j)` is its source and `give(p, value)` its result, p
// counted along the rows.
//
// The second half is a loop that the compiler cannot unroll, `~row` being no smaller than any count: six copies of
// a kernel's stores take long to compile.

const TILE = 4u;
const POINTS = 6u;

struct Points { a: vec4f, b: vec4f, c: vec4f, d: vec4f, e: vec4f, f: vec4f }
struct Pixels { a: vec4f, b: vec4f, c: vec4f, d: vec4f }
struct Taps { a: vec4f, b: vec4f, c: vec4f }

fn input_line(d: Points) -> Points {
  let even = d.e - 4.0 * d.c;
  let odd = d.d - 4.0 * d.b;
  let even2 = d.e - d.c;
  let odd2 = 2.0 * (d.d - d.b);
  return Points(4.0 * d.a - 5.0 * d.c + d.e, even + odd, even - odd, even2 + odd2, even2 - odd2,
    4.0 * d.b - 5.0 * d.d + d.f);
}
fn gradient_line(d: Pixels) -> Points {
  let even = d.a + d.c;
  let odd = d.b + d.d;
  let even2 = d.a + 4.0 * d.c;
  let odd2 = 2.0 * d.b + 8.0 * d.d;
  return Points(d.a, even + odd, even - odd, even2 + odd2, even2 - odd2, d.d);
}
fn weight_line(w: Taps) -> Points {
  let even = (w.a + w.c) / -6.0;
  let odd = w.b / -6.0;
  let even2 = (w.a + 4.0 * w.c) / 24.0;
  let odd2 = w.b / 12.0;
  return Points(w.a / 4.0, even + odd, even - odd, even2 + odd2, even2 - odd2, w.c);
}
fn output_line(m: Points) -> Pixels {
  let even = m.b + m.c;
  let odd = m.b - m.c;
  let even2 = m.d + m.e;
  let odd2 = 2.0 * (m.d - m.e);
  return Pixels(m.a + even + even2, odd + odd2, even + 4.0 * even2, odd + 4.0 * odd2 + m.f);
}
fn weight_gradient_line(m: Points) -> Taps {
  let even = (m.b + m.c) / -6.0;
  let even2 = (m.d + m.e) / 24.0;
  return Taps(m.a / 4.0 + even + even2, (m.b - m.c) / -6.0 + (m.d - m.e) / 12.0,
    even + 4.0 * even2 + m.f);
}

fn input_transform() {
  let a = input_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u), take(4u, 0u), take(5u, 0u)));
  let b = input_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u), take(4u, 1u), take(5u, 1u)));
  let c = input_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u), take(4u, 2u), take(5u, 2u)));
  let d = input_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u), take(4u, 3u), take(5u, 3u)));
  let e = input_line(Points(take(0u, 4u), take(1u, 4u), take(2u, 4u), take(3u, 4u), take(4u, 4u), take(5u, 4u)));
  let f = input_line(Points(take(0u, 5u), take(1u, 5u), take(2u, 5u), take(3u, 5u), take(4u, 5u), take(5u, 5u)));
  for (var i = 0u; i < min(6u, ~row); i++) {
    give_points(i, input_line(Points(of_points(a, i), of_points(b, i), of_points(c, i),
      of_points(d, i), of_points(e, i), of_points(f, i))));
  }
}
fn gradient_transform() {
  let a = gradient_line(Pixels(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u)));
  let b = gradient_line(Pixels(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u)));
  let c = gradient_line(Pixels(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u)));
  let d = gradient_line(Pixels(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u)));
  for (var i = 0u; i < min(6u, ~row); i++) {
    give_points(i, gradient_line(Pixels(of_points(a, i), of_points(b, i), of_points(c, i), of_points(d, i))));
  }
}
fn weight_transform() {
  let a = weight_line(Taps(take(0u, 0u), take(1u, 0u), take(2u, 0u)));
  let b = weight_line(Taps(take(0u, 1u), take(1u, 1u), take(2u, 1u)));
  let c = weight_line(Taps(take(0u, 2u), take(1u, 2u), take(2u, 2u)));
  for (var i = 0u; i < min(6u, ~row); i++) {
    give_points(i, weight_line(Taps(of_points(a, i), of_points(b, i), of_points(c, i))));
  }
}
fn output_transform() {
  let a = output_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u), take(4u, 0u), take(5u, 0u)));
  let b = output_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u), take(4u, 1u), take(5u, 1u)));
  let c = output_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u), take(4u, 2u), take(5u, 2u)));
  let d = output_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u), take(4u, 3u), take(5u, 3u)));
  let e = output_line(Points(take(0u, 4u), take(1u, 4u), take(2u, 4u), take(3u, 4u), take(4u, 4u), take(5u, 4u)));
  let f = output_line(Points(take(0u, 5u), take(1u, 5u), take(2u, 5u), take(3u, 5u), take(4u, 5u), take(5u, 5u)));
  for (var i = 0u; i < min(4u, ~row); i++) {
    give_pixels(i, output_line(Points(of_pixels(a, i), of_pixels(b, i), of_pixels(c, i),
      of_pixels(d, i), of_pixels(e, i), of_pixels(f, i))));
  }
}
fn weight_gradient_transform() {
  let a = weight_gradient_line(Points(take(0u, 0u), take(1u, 0u), take(2u, 0u), take(3u, 0u), take(4u, 0u), take(5u, 0u)));
  let b = weight_gradient_line(Points(take(0u, 1u), take(1u, 1u), take(2u, 1u), take(3u, 1u), take(4u, 1u), take(5u, 1u)));
  let c = weight_gradient_line(Points(take(0u, 2u), take(1u, 2u), take(2u, 2u), take(3u, 2u), take(4u, 2u), take(5u, 2u)));
  let d = weight_gradient_line(Points(take(0u, 3u), take(1u, 3u), take(2u, 3u), take(3u, 3u), take(4u, 3u), take(5u, 3u)));
  let e = weight_gradient_line(Points(take(0u, 4u), take(1u, 4u), take(2u, 4u), take(3u, 4u), take(4u, 4u), take(5u, 4u)));
  let f = weight_gradient_line(Points(take(0u, 5u), take(1u, 5u), take(2u, 5u), take(3u, 5u), take(4u, 5u), take(5u, 5u)));
  for (var i = 0u; i < min(3u, ~row); i++) {
    give_taps(i, weight_gradient_line(Points(of_taps(a, i), of_taps(b, i), of_taps(c, i),
      of_taps(d, i), of_taps(e, i), of_taps(f, i))));
  }
}

fn give_points(i: u32, line: Points) {
  give(i * 6u + 0u, line.a);
  give(i * 6u + 1u, line.b);
  give(i * 6u + 2u, line.c);
  give(i * 6u + 3u, line.d);
  give(i * 6u + 4u, line.e);
  give(i * 6u + 5u, line.f);
}
fn give_pixels(i: u32, line: Pixels) {
  give(i * 4u + 0u, line.a);
  give(i * 4u + 1u, line.b);
  give(i * 4u + 2u, line.c);
  give(i * 4u + 3u, line.d);
}
fn give_taps(i: u32, line: Taps) {
  give(i * 3u + 0u, line.a);
  give(i * 3u + 1u, line.b);
  give(i * 3u + 2u, line.c);
}

fn of_points(p: Points, i: u32) -> vec4f {
  return select(select(select(p.a, p.b, i == 1u), select(p.c, p.d, i == 3u), i >= 2u),
    select(p.e, p.f, i == 5u), i >= 4u);
}
fn of_pixels(p: Pixels, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), select(p.c, p.d, i == 3u), i >= 2u);
}
fn of_taps(p: Taps, i: u32) -> vec4f {
  return select(select(p.a, p.b, i == 1u), p.c, i == 2u);
}
