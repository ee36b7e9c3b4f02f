// Prelude: pointwise functions that are finite for every finite f32 and accurate where the builtins are not.
//
// WGSL lets a driver assume that no value is infinite or NaN, and its tanh, log(1+x) and exp(x)-1 lose all relative
// accuracy near 0. These replacements are polynomials there. Largest errors in ULP against f64 on llvmpipe: log1p_ 4,
// tanh_ 6, erf_ 5; as good as the driver's exp (62 at -80) or log: the others.
// Names end in an underscore so that none shadows a builtin.

const LARGEST_EXPONENT: f32 = 88.0;             // exp(88) = 1.65e38 is finite
const SMALLEST_EXPONENT: f32 = -87.0;           // exp(-87) = 1.6e-38 is normal; below it exp_ is 0
const SMALLEST_NORMAL: f32 = 1.1754944e-38;     // 2^-126

// e^x, 0 below -87 and e^88 above 88.
fn exp_(x: f32) -> f32 {
  return select(exp(clamp(x, SMALLEST_EXPONENT, LARGEST_EXPONENT)), 0.0, x < SMALLEST_EXPONENT);
}

// log x for x >= 2^-126; smaller, zero and negative x give log 2^-126 = -87.34.
fn log_(x: f32) -> f32 {
  return log(max(x, SMALLEST_NORMAL));
}

// log(1 + x), x > -1: 2 artanh(x / (2 + x)) by its series on [-0.4, 0.5]. x <= -1 gives log_(0).
fn log1p_(x: f32) -> f32 {
  let s = x / (2.0 + max(x, -1.0));
  let z = s * s;
  let p = 0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * (0.09090909 + z * 0.07692308))));
  return select(log_(1.0 + x), 2.0 * (s + s * z * p), abs(x - 0.05) <= 0.45);
}

// e^x - 1: Taylor to x^7 for |x| <= 0.35.
fn expm1_(x: f32) -> f32 {
  let series = x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668
    + x * (0.008333334 + x * (0.0013888889 + x * 0.0001984127))))));
  return select(exp_(x) - 1.0, series, abs(x) <= 0.35);
}

// tanh x = sign(x) e / (e + 2), e = expm1(2|x|); +-1 beyond 10.
fn tanh_(x: f32) -> f32 {
  let e = expm1_(2.0 * min(abs(x), 10.0));
  return select(e, -e, x < 0.0) / (e + 2.0);
}

// 1 / (1 + e^-x), at least 1.6e-38.
fn sigmoid_(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, SMALLEST_EXPONENT, LARGEST_EXPONENT)));
}

// log(1 + e^x) = max(x, 0) + log1p(e^-|x|).
fn softplus_(x: f32) -> f32 {
  return max(x, 0.0) + log1p_(exp_(-abs(x)));
}

// log(1 / (1 + e^-x)) = -softplus(-x).
fn log_sigmoid_(x: f32) -> f32 {
  return -softplus_(-x);
}

// log(e^a + e^b) = max(a, b) + log1p(e^-|a - b|).
fn log_add_exp_(a: f32, b: f32) -> f32 {
  return max(a, b) + log1p_(exp_(-abs(a - b)));
}

// log(1 - e^x), x < 0: log(-expm1 x) above -log 2, log1p(-e^x) below (Maechler 2012).
fn log1m_exp_(x: f32) -> f32 {
  return select(log1p_(-exp_(x)), log_(-expm1_(x)), x > -0.6931472);
}

fn sqrt_(x: f32) -> f32 {
  return select(0.0, sqrt(max(x, SMALLEST_NORMAL)), x > 0.0);
}

// 1 - erf x for x >= 0, relative error 1.2e-7 and that of exp (Press et al., Numerical Recipes, section 6.2).
fn erfc_(x: f32) -> f32 {
  let a = min(x, 10.0);
  let t = 1.0 / (1.0 + 0.5 * a);
  let p = -0.18628806 + t * (0.27886807 + t * (-1.13520398 + t * (1.48851587 + t * (-0.82215223 + t * 0.17087277))));
  return t * exp_(-a * a - 1.26551223 + t * (1.00002368 + t * (0.37409196 + t * (0.09678418 + t * p))));
}

// erf x, by its Taylor series below 0.5.
fn erf_(x: f32) -> f32 {
  let a = abs(x);
  let z = min(a * a, 1.0);
  let series = 1.1283792 * a * (1.0 - z * (0.33333334 - z * (0.1 - z * (0.023809524 - z * (0.0046296296
    - z * 0.00075757576)))));
  let e = select(1.0 - erfc_(a), series, a < 0.5);
  return select(e, -e, x < 0.0);
}

fn relu_(x: f32) -> f32 {
  return max(x, 0.0);
}

// x sigmoid(x), also called swish.
fn silu_(x: f32) -> f32 {
  return select(x * sigmoid_(x), 0.0, x < SMALLEST_EXPONENT);
}

// Phi(x), the standard normal distribution function, exact in both tails.
fn normal_(x: f32) -> f32 {
  let half = 0.5 * erfc_(0.70710677 * abs(x));
  return select(1.0 - half, half, x < 0.0);
}

// x Phi(x); 0 where Phi is.
fn gelu_(x: f32) -> f32 {
  return select(x * normal_(x), 0.0, x < -14.0);
}

// Phi(x) + x phi(x), phi the standard normal density.
fn gelu_slope_(x: f32) -> f32 {
  let y = clamp(x, -14.0, 14.0);
  return select(normal_(y) + 0.3989423 * y * exp_(-0.5 * y * y), 0.0, x < -14.0);
}

// The tanh approximation of gelu_ (Hendrycks and Gimpel 2016), as in GPT-2: (1 + tanh u) / 2 = sigmoid(2 u).
fn gelu_tanh_(x: f32) -> f32 {
  let y = clamp(x, -40.0, 40.0);
  return select(x * sigmoid_(y * (1.5957691 + 0.071354814 * y * y)), 0.0, x < -12.0);
}

// Its derivative s + x s (1 - s) z', z = 2 u and s = sigmoid(z).
fn gelu_tanh_slope_(x: f32) -> f32 {
  let y = clamp(x, -12.0, 12.0);
  let z = y * (1.5957691 + 0.071354814 * y * y);
  let s = sigmoid_(z);
  return select(s * (1.0 + y * sigmoid_(-z) * (1.5957691 + 0.21406444 * y * y)), 0.0, x < -12.0);
}
