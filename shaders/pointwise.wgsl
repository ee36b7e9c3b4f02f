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

// A whole number below 2^22 in size as an integer, by its pattern: a conversion goes lane by lane on software adapters.
fn whole_(n: f32) -> i32 { return bitcast<i32>(n + 12582912.0) - 0x4b400000; }

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
  return select(scaled_(1.0 + (r + r * r * p), whole_(n)), x, is_nan_(x));
}

// e^x - 1 = 2^n (e^r - 1 + 1 - 2^-n).
fn expm1_(x: f32) -> f32 {
  let y = clamp(x, -18.0, 89.0);
  let n = round(y * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, y));
  let p = 0.5 + r * (0.16666667 + r * (0.041666668 + r * (0.008333334 + r * (0.0013888889 + r * 0.0001984127))));
  let k = whole_(n);
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

// log(1 + x), x > -1: 2 artanh(x / (2 + x)) by its series on [-0.4, 0.5]. x <= -1 gives log_(0). s is twice the argument, which
// would be subnormal, and flushed to 0, where x is not.
fn log1p_(x: f32) -> f32 {
  let s = 2.0 * x / (2.0 + max(x, -1.0));
  let z = 0.25 * s * s;
  let p = 0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * (0.09090909 + z * 0.07692308))));
  return select(log_(1.0 + x), s + s * z * p, abs(x - 0.05) <= 0.45);
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

// e^(high + low) = 2^n (1 + m) as (m, n), for -150 <= high <= 0 and |low| <= 0.08: a sum of two keeps the digits of an exponent.
fn exp_of_sum_(high: f32, low: f32) -> vec2f {
  let n = round((high + low) * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, high) + low);
  let p = 0.5 + r * (0.16666667 + r * (0.041665796 + r * (0.008333452 + r * (0.0013982 + r * 0.00019875691))));
  return vec2f(r + r * r * p, n);
}

// What the rounded product p = a b lacks.
fn product_error_(a: f32, b: f32, p: f32) -> f32 {
  let ah = head_(a);
  let bh = head_(b);
  return ((ah * bh - p) + (ah * (b - bh) + (a - ah) * bh)) + (a - ah) * (b - bh);
}

// erfc(a) e^(a^2) for 0 <= a <= 11: t = 1 / (1 + a / 2) times a polynomial in t, relative error 4e-9.
fn tail_(a: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * a);
  let u = t - 0.5;
  return t * (0.51079136 + u * (0.6871607 + u * (0.55894346 + u * (0.14576792 + u * (-0.17204227 + u * (-0.10364048
    + u * (0.09796585 + u * (0.05358901 + u * (-0.075907324 + u * (-0.01346152 + u * 0.03715067))))))))));
}

// 1 - erf x for x >= 0: the square in the exponent is split, since its rounding would be an error of e^-x^2.
fn erfc_(x: f32) -> f32 {
  let a = min(x, 10.5);
  let h = head_(a);
  let e = exp_of_sum_(-h * h, (h - a) * (h + a));
  let tail = tail_(a);
  return scaled_(tail + tail * e.x, whole_(e.y));
}

// erf a for 0 <= a < 0.5, by its Taylor series.
fn erf_series_(a: f32) -> f32 {
  let z = min(a * a, 1.0);
  return a * (1.1283792 - z * (0.37612638 - z * (0.11283792 - z * (0.026866170 - z * (0.0052239776 - z * 0.0008548327)))));
}

fn erf_(x: f32) -> f32 {
  let a = abs(x);
  let e = select(1.0 - erfc_(a), erf_series_(a), a < 0.5);
  return select(select(e, -e, x < 0.0), x, is_nan_(x));
}

// e^(-a^2 / 2) = 2^n (1 + m) as (m, n) for 0 <= a <= 15, the square split as in erfc_.
fn bell_(a: f32) -> vec2f {
  let h = head_(a);
  return exp_of_sum_(-0.5 * h * h, 0.5 * (h - a) * (h + a));
}

// factor Phi(-a) for 0.69 <= a <= 15: t = 1 / (1 + a / 2) times a polynomial in t, relative error 8e-10, times e^(-a^2 / 2).
// t and the polynomial are sums of 12 bits and a rest, so that their product rounds once.
fn normal_tail_(a: f32, factor: f32) -> f32 {
  let d = 1.0 + 0.5 * a;
  let dh = head_(d);
  let reciprocal = 1.0 / d;
  let th = head_(reciprocal);
  let tl = reciprocal * ((1.0 - th * dh) - th * (0.5 * a - (dh - 1.0)));
  let u = (th - 0.4375) + tl;
  let v = u * (0.32249615 + u * (0.084769624 + u * (-0.1414608 + u * (-0.040490438 + u * (0.12546536 + u * (-0.028036763
    + u * (-0.11089971 + u * (0.11841664 + u * (0.048979966 + u * -0.15453565)))))))));
  let ph = head_(0.3157519 + v);
  let pl = v - (ph - 0.3157519);
  let product = th * ph;
  let rest = th * pl + tl * (ph + pl);
  let e = bell_(a);
  return scaled_(factor * (product + (rest + (product + rest) * e.x)), whole_(e.y));
}

// factor Phi(x), Phi the standard normal distribution function: exact in both tails.
fn normal_times_(x: f32, factor: f32) -> f32 {
  let a = min(abs(x), 15.0);
  let below = normal_tail_(a, factor);
  let series = 0.5 * erf_series_(0.70710677 * a);
  let far = select(factor - below, below, x < 0.0);
  return select(far, factor * select(0.5 + series, 0.5 - series, x < 0.0), a < 0.7);
}

// x Phi(x); 0 where Phi is.
fn gelu_(x: f32) -> f32 {
  return select(select(normal_times_(x, x), 0.0, x < -14.5), x, is_nan_(x) || bitcast<u32>(x) == 0x7f800000u);
}

// Phi(x) + x phi(x), phi the standard normal density: its relative error is large where it is 0, near -0.752.
fn gelu_slope_(x: f32) -> f32 {
  let y = clamp(x, -15.0, 15.0);
  let e = bell_(abs(y));
  return select(normal_times_(y, 1.0) + scaled_(0.3989423 * (y + y * e.x), whole_(e.y)), x, is_nan_(x));
}

// 2 sqrt(2 / pi) (y + 0.044715 y^3) as the sum of a number of 12 bits and a rest, |y| <= 12.
fn gelu_argument_(y: f32) -> vec2f {
  let square = y * y;
  let cube = square * y;
  let linear = 1.5957692 * y;
  let bent = 0.071354814 * cube;
  let cube_rest = product_error_(square, y, cube) + product_error_(y, y, square) * y;
  let rest = (product_error_(1.5957692, y, linear) - 4.534068e-8 * y)
    + (product_error_(0.071354814, cube, bent) + (0.071354814 * cube_rest + 2.3988323e-9 * cube));
  let high = head_(linear + bent);
  let larger = select(bent, linear, abs(linear) > abs(bent));
  let smaller = select(linear, bent, abs(linear) > abs(bent));
  return vec2f(high, ((larger - high) + smaller) + rest);
}

// e^-|z| of a value in two parts, = 2^n (1 + m) as (m, n).
fn decay_(z: vec2f) -> vec2f { return exp_of_sum_(-abs(z.x), select(-z.y, z.y, z.x < 0.0)); }

// The tanh approximation of gelu_ (Hendrycks and Gimpel 2016), as in GPT-2: (1 + tanh u) / 2 = sigmoid(2 u).
fn gelu_tanh_(x: f32) -> f32 {
  let z = gelu_argument_(clamp(x, -12.0, 12.0));
  let m = decay_(z);
  let e = scaled_(1.0 + m.x, whole_(m.y));
  let y = x * (select(1.0, e, z.x < 0.0) / (1.0 + e));
  return select(select(y, 0.0, x < -12.0), x, is_nan_(x));
}

// Its derivative s + s (1 - s) x z', z = 2 u, s = sigmoid(z) and x z' = z + 2 sqrt(2 / pi) 0.08943 x^3, over one denominator.
fn gelu_tanh_slope_(x: f32) -> f32 {
  let y = clamp(x, -12.0, 12.0);
  let z = gelu_argument_(y);
  let m = decay_(z);
  let e = scaled_(1.0 + m.x, whole_(m.y));
  let d = 1.0 + e;
  let rise = z.x + (z.y + 0.14270963 * (y * y * y));
  let whole = (d + select(e, 1.0, z.x < 0.0) * rise) / (d * d);
  let slope = select(whole, scaled_(whole + whole * m.x, whole_(m.y)), z.x < 0.0);
  return select(select(slope, 0.0, x < -12.0), x, is_nan_(x));
}
