// PReLU's gradient goes into memory of its own.

@group(0) @binding(0) var<storage, read> x: array<Stored>;
@group(0) @binding(5) var<storage, read_write> dx: array<Stored>;

fn store(i: u32, gradient: vec4f) {
  dx[i] = Stored(gradient);
}
