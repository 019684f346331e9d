/** The margins that have a closed polynomial: ψ's argument is m times the angle. */
export type Margin = 1 | 2 | 3 | 4;

/**
 * ψ_m(θ) = (−1)^k cos(mθ) − 2k as a polynomial in c = cos θ, with sgn(0) = 0: on a knot the terms
 * that would jump vanish, and the value is still the continuous one.
 */
export function psi(m: Margin, c: number): number {
  const { s0, s1, s2, s3, s4 } = signs(c);
  switch (m) {
    case 1:
      return c;
    case 2:
      return 2 * s0 * c ** 2 - 1;
    case 3:
      return s1 * (4 * c ** 3 - 3 * c) + s2;
    case 4:
      return s3 * (8 * c ** 4 - 8 * c ** 2 + 1) + s4;
  }
}

/** dψ/dc, in [0, m²], 0 at the knots between the pieces. */
export function psiDerivative(m: Margin, c: number): number {
  const { s0, s1, s3 } = signs(c);
  switch (m) {
    case 1:
      return 1;
    case 2:
      return 4 * s0 * c;
    case 3:
      return s1 * (12 * c ** 2 - 3);
    case 4:
      return s3 * (32 * c ** 3 - 16 * c);
  }
}

/** ψ from its definition by angles, valid anywhere: what the polynomials must equal. */
export function psiByAngle(m: Margin, theta: number): number {
  const k = Math.min(Math.floor(m * theta / Math.PI), m - 1);
  return (-1) ** k * Math.cos(m * theta) - 2 * k;
}

function signs(c: number): { s0: number; s1: number; s2: number; s3: number; s4: number } {
  const s0 = Math.sign(c);
  const s1 = Math.sign(Math.abs(c) - 0.5);
  const s3 = s0 * Math.sign(2 * c ** 2 - 1);
  return { s0, s1, s2: s0 * (1 + s1) - 2, s3, s4: 2 * s0 + s3 - 3 };
}
