// Prelude: elementary functions with ranges of their own, accurate over all of f32, in which NaN and infinities go through.
//
// WGSL lets a driver assume that no value is infinite or NaN: `x != x` and max(x, y) may lose a NaN, and a constant may not
// be one. What a bit pattern says is certain, so NaN is told from its pattern, and made from patterns that no compiler can
// know. The builtins exp, log, pow and tanh lose up to all of their digits; these are Cody-Waite reductions with
// polynomials (Moshier's Cephes, fdlibm). docs/accuracy.md has the largest errors. Names end in an underscore so that
// none shadows a builtin.

const SMALLEST_NORMAL: f32 = 1.1754944e-38;     // 2^-126
const HIGH_LOG_2: f32 = 0.693359375;            // log 2 = 0.693359375 - 2.12194440e-4; its multiples below 2^15 are exact
const LOW_LOG_2: f32 = -2.1219444e-4;

fn is_nan_(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn is_finite_(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

// NaN and infinity, as patterns that depend on a value at run time; `size` is below 2^31.
fn nan_(x: f32) -> f32 { return bitcast<f32>(0x7fc00000u | (bitcast<u32>(x) & 1u)); }
fn infinity_(size: u32) -> f32 { return bitcast<f32>(0x7f800000u + (size >> 31u)); }

// The larger and the smaller of two values; NaN where one is.
fn max_(a: f32, b: f32) -> f32 { return select(select(max(a, b), b, is_nan_(b)), a, is_nan_(a)); }
fn min_(a: f32, b: f32) -> f32 { return select(select(min(a, b), b, is_nan_(b)), a, is_nan_(a)); }

// 2^n, -126 <= n <= 127.
fn power_of_two_(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }

// x 2^n for |n| <= 250, with overflow to infinity and underflow to 0 or a subnormal.
fn scaled_(x: f32, n: i32) -> f32 { return x * power_of_two_(n >> 1u) * power_of_two_(n - (n >> 1u)); }

// e^x: infinite above 88.73, subnormal or 0 below -87.34.
fn exp_(x: f32) -> f32 {
  let y = clamp(x, -104.0, 89.0);
  let n = round(y * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, y));
  let p = 0.5 + r * (0.16666667 + r * (0.041665796 + r * (0.008333452 + r * (0.0013982 + r * 0.00019875691))));
  return select(scaled_(1.0 + (r + r * r * p), i32(n)), x, is_nan_(x));
}

// e^x - 1 = 2^n (e^r - 1 + 1 - 2^-n).
fn expm1_(x: f32) -> f32 {
  let y = clamp(x, -18.0, 89.0);
  let n = round(y * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, y));
  let p = 0.5 + r * (0.16666667 + r * (0.041666668 + r * (0.008333334 + r * (0.0013888889 + r * 0.0001984127))));
  let k = i32(n);
  return select(scaled_(fma(r * r, p, r) + (1.0 - power_of_two_(-min(k, 126))), k), x, is_nan_(x));
}

// log x for x >= 2^-126; smaller, zero and negative x give log 2^-126 = -87.34.
fn log_(x: f32) -> f32 {
  let bits = bitcast<u32>(max(x, SMALLEST_NORMAL)) - 0x3f3504f3u;         // of a mantissa in [sqrt 1/2, sqrt 2)
  let n = f32(bitcast<i32>(bits) >> 23u);
  let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  let z = f * f;
  let p = 0.33333331 + f * (-0.24999994 + f * (0.20000715 + f * (-0.16668058 + f * (0.14249323 + f * (-0.12420141
    + f * (0.116769987 + f * (-0.1151461 + f * 0.070376836)))))));
  let y = n * HIGH_LOG_2 + (f + (z * (f * p - 0.5) + n * LOW_LOG_2));
  return select(y, x, is_nan_(x) || bitcast<u32>(x) == 0x7f800000u);
}

// log(1 + x), x > -1: 2 artanh(x / (2 + x)) by its series on [-0.4, 0.5]. x <= -1 gives log_(0).
fn log1p_(x: f32) -> f32 {
  let s = x / (2.0 + max(x, -1.0));
  let z = s * s;
  let p = 0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * (0.09090909 + z * 0.07692308))));
  return select(log_(1.0 + x), 2.0 * (s + s * z * p), abs(x - 0.05) <= 0.45);
}

// tanh x = sign(x) e / (e + 2), e = expm1(2|x|); +-1 beyond 10.
fn tanh_(x: f32) -> f32 {
  let e = expm1_(2.0 * min(abs(x), 10.0));
  return select(select(e, -e, x < 0.0) / (e + 2.0), x, is_nan_(x));
}

// 1 / (1 + e^-x).
fn sigmoid_(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

// log(1 + e^x) = max(x, 0) + log1p(e^-|x|).
fn softplus_(x: f32) -> f32 {
  return max(x, 0.0) + log1p_(exp_(-abs(x)));
}

// log(e^a + e^b) = max(a, b) + log1p(e^-|a - b|); minus infinity is its zero.
fn log_add_exp_(a: f32, b: f32) -> f32 {
  let gap = select(-abs(a - b), 0.0, bitcast<u32>(a) == bitcast<u32>(b));
  return max(a, b) + log1p_(exp_(gap));
}

fn sqrt_(x: f32) -> f32 {
  return select(select(0.0, sqrt(x), x > 0.0), x, is_nan_(x) || bitcast<u32>(x) == 0x7f800000u);
}

// The first 12 bits of x: squares of such numbers are exact.
fn head_(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

// erfc(a) e^(a^2 + shift), a >= 0 (Press et al., Numerical Recipes, section 6.2: 1.2e-7).
fn tail_(a: f32, shift: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * a);
  let p = -0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))));
  return t * exp_((shift - 1.26551223) + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * p))));
}

// 1 - erf x for x >= 0: the square in the exponent is split, since its rounding would be an error of e^-x^2.
fn erfc_(x: f32) -> f32 {
  let a = min(x, 11.0);
  let h = head_(a);
  return exp_(-h * h) * tail_(a, (h - a) * (h + a));
}

// erf x, by its Taylor series below 0.5.
fn erf_(x: f32) -> f32 {
  let a = abs(x);
  let z = min(a * a, 1.0);
  let series = 1.1283792 * a * (1.0 - z * (0.33333334 - z * (0.1 - z * (0.023809524 - z * (0.0046296296
    - z * 0.00075757576)))));
  let e = select(1.0 - erfc_(a), series, a < 0.5);
  return select(select(e, -e, x < 0.0), x, is_nan_(x));
}

// e^(-x^2 / 2), the square split as in erfc_.
fn bell_(x: f32) -> f32 {
  let a = min(abs(x), 16.0);
  let h = head_(a);
  return exp_(-0.5 * h * h) * exp_(0.5 * (h - a) * (h + a));
}

// Phi(x), the standard normal distribution function, exact in both tails.
fn normal_(x: f32) -> f32 {
  let a = min(abs(x), 16.0);
  let h = head_(a);
  let half = 0.5 * exp_(-0.5 * h * h) * tail_(0.70710677 * a, 0.5 * (h - a) * (h + a));
  return select(1.0 - half, half, x < 0.0);
}

// x Phi(x); 0 where Phi is.
fn gelu_(x: f32) -> f32 {
  return select(select(x * normal_(x), 0.0, x < -14.5), x, is_nan_(x));
}

// Phi(x) + x phi(x), phi the standard normal density.
fn gelu_slope_(x: f32) -> f32 {
  let y = clamp(x, -16.0, 16.0);
  return select(normal_(y) + 0.3989423 * y * bell_(y), x, is_nan_(x));
}

// The tanh approximation of gelu_ (Hendrycks and Gimpel 2016), as in GPT-2: (1 + tanh u) / 2 = sigmoid(2 u).
fn gelu_tanh_(x: f32) -> f32 {
  let y = clamp(x, -40.0, 40.0);
  return select(select(x * sigmoid_(y * (1.5957691 + 0.071354814 * y * y)), 0.0, x < -12.0), x, is_nan_(x));
}

// Its derivative s + x s (1 - s) z', z = 2 u and s = sigmoid(z).
fn gelu_tanh_slope_(x: f32) -> f32 {
  let y = clamp(x, -12.0, 12.0);
  let z = y * (1.5957691 + 0.071354814 * y * y);
  let s = sigmoid_(z);
  let slope = s * (1.0 + y * sigmoid_(-z) * (1.5957691 + 0.21406444 * y * y));
  return select(select(slope, 0.0, x < -12.0), x, is_nan_(x));
}
