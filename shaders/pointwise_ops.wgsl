// Prelude (after pointwise.wgsl): the functions that fused pointwise runs call, one for each operation and operand type.
//
// Named operation_type, the type being that of the first operand (of the values for `where`); bool is a u32, 0 or 1.
// Each follows the formula of its operation in lib/ops for every operand, NaN and infinities included.

// 0, which no compiler knows: the entry point sets it from a size. x - x, 0 x, (x + y) - x and their like may be simplified
// as if every value were finite, and are not where both operands are hidden behind it, each in another way: what is hidden
// alike is alike, and (x + y) - x would still be y.
var<private> nought: u32;
fn veiled(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) | nought); }
fn hidden(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ nought); }

fn identity_f32(x: f32) -> f32 { return x; }
fn identity_i32(x: i32) -> i32 { return x; }
fn identity_u32(x: u32) -> u32 { return x; }
fn identity_bool(x: u32) -> u32 { return x; }

fn add_f32(x: f32, y: f32) -> f32 { return veiled(x) + hidden(y); }
fn add_i32(x: i32, y: i32) -> i32 { return x + y; }
fn add_u32(x: u32, y: u32) -> u32 { return x + y; }
fn subtract_f32(x: f32, y: f32) -> f32 { return veiled(x) - hidden(y); }
fn subtract_i32(x: i32, y: i32) -> i32 { return x - y; }
fn subtract_u32(x: u32, y: u32) -> u32 { return x - y; }
fn multiply_f32(x: f32, y: f32) -> f32 { return veiled(x) * hidden(y); }
fn multiply_i32(x: i32, y: i32) -> i32 { return x * y; }
fn multiply_u32(x: u32, y: u32) -> u32 { return x * y; }
fn maximum_f32(x: f32, y: f32) -> f32 { return max_(x, y); }
fn maximum_i32(x: i32, y: i32) -> i32 { return max(x, y); }
fn maximum_u32(x: u32, y: u32) -> u32 { return max(x, y); }
fn minimum_f32(x: f32, y: f32) -> f32 { return min_(x, y); }
fn minimum_i32(x: i32, y: i32) -> i32 { return min(x, y); }
fn minimum_u32(x: u32, y: u32) -> u32 { return min(x, y); }
fn negate_f32(x: f32) -> f32 { return -x; }
fn negate_i32(x: i32) -> i32 { return -x; }

// Integers truncate; x / 0 = 0 and x remainder 0 = 0. The remainder has the sign of y.
fn divide_f32(x: f32, y: f32) -> f32 { return veiled(x) / hidden(y); }
fn divide_i32(x: i32, y: i32) -> i32 { return select(x / select(y, 1, y == 0), 0, y == 0); }
fn divide_u32(x: u32, y: u32) -> u32 { return select(x / select(y, 1u, y == 0u), 0u, y == 0u); }
// By long division: what is taken away, y times a power of 2, is at most the rest and more than half of it, so no digit is lost.
fn remainder_f32(x: f32, y: f32) -> f32 {
  if (!is_finite_(x) || abs(y) < SMALLEST_NORMAL || is_nan_(y)) { return nan_(x); }
  var rest = abs(x);
  if (is_finite_(y)) {
    let unit = bitcast<u32>(y) & 0x7fffffffu;
    for (var i = 0u; i < 280u && rest >= abs(y); i++) {
      let bits = unit + (((bitcast<u32>(rest) >> 23u) - (unit >> 23u)) << 23u);
      rest -= bitcast<f32>(select(bits, bits - 0x800000u, bitcast<f32>(bits) > rest));
    }
  }
  let signed = select(rest, -rest, x < 0.0);
  return select(signed, signed + y, rest != 0.0 && (x < 0.0) != (y < 0.0));
}
fn remainder_i32(x: i32, y: i32) -> i32 {
  let r = select(x % select(y, 1, y == 0), 0, y == 0);
  return select(r, r + y, r != 0 && ((r < 0) != (y < 0)));
}
fn remainder_u32(x: u32, y: u32) -> u32 { return select(x % select(y, 1u, y == 0u), 0u, y == 0u); }

// g x, with 0 x = 0 for every x.
fn annihilate_f32(g: f32, x: f32) -> f32 { return select(g * hidden(x), 0.0, g == 0.0); }

// |x|^y, x^0 = 1^y = 1 and 0^y = 0; whole exponents up to 4 by multiplication.
fn power_f32(x: f32, y: f32) -> f32 {
  let base = abs(x);
  if ((y == 0.0 && !is_nan_(y)) || (base == 1.0 && !is_nan_(x))) { return 1.0; }
  if (is_nan_(x) || is_nan_(y)) { return select(y, x, is_nan_(x)); }
  if (base == 0.0) { return 0.0; }
  let size = abs(y);
  if (size == floor(size) && size <= 4.0) {
    var product = base;
    for (var i = 1u; i < u32(size); i++) { product *= base; }
    return select(product, 1.0 / product, y < 0.0);
  }
  if (!is_finite_(x)) { return select(base, 0.0, y < 0.0); }
  if (!is_finite_(y)) { return exp_((base - 1.0) * hidden(y)); }
  return general_power(base, y);
}

// base^y for finite base > 0 and y, log2 base in two parts (fdlibm's e_powf).
fn general_power(base: f32, y: f32) -> f32 {
  let small = base < SMALLEST_NORMAL;
  let bits = bitcast<u32>(select(base, base * 16777216.0, small)) - 0x3f3504f3u;
  let n = f32((bitcast<i32>(bits) >> 23u) - select(0, 24, small));
  let m = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u);
  let u = m - 1.0;
  let v = 1.0 / (m + 1.0);
  let s = u * v;
  let sh = head_(s);
  let dh = head_(m + 1.0);                       // the denominator in two parts
  let sl = v * ((u - sh * dh) - sh * (m - (dh - 1.0)));
  let s2 = s * s;
  let r = s2 * s2 * (0.6 + s2 * (0.42857143 + s2 * (0.33333334 + s2 * (0.27272812 + s2 * (0.23066075 + s2 * 0.20697501)))))
    + sl * (sh + s);
  let square = sh * sh;
  let th = head_(3.0 + square + r);
  let tl = r - ((th - 3.0) - square);
  let big = sh * th;
  let rest = sl * th + tl * s;
  let ph = head_(big + rest);
  let pl = rest - (ph - big);
  let zh = 0.96191406 * ph;                      // 2 / (3 log 2) = 0.96191406 - 0.00011736857
  let zl = -0.00011736857 * ph + pl * 0.9617967;
  let high = head_((zh + zl) + n);
  let low = zl - ((high - n) - zh);
  let yh = head_(y);
  let product = yh * high;
  let correction = (y - yh) * high + y * low;
  let inside = abs(product) < 155.0;             // else the power overflows or is 0
  let k = round(select(clamp(product, -160.0, 160.0), product + correction, inside));
  let t = select(0.0, (product - k) + correction, inside);
  let w = t * 0.6931472;
  let p = 0.5 + w * (0.16666667 + w * (0.041665796 + w * (0.008333452 + w * (0.0013982 + w * 0.00019875691))));
  return scaled_(1.0 + (w + w * w * p), whole_(k));
}

// By bits.
fn is_finite_f32(x: f32) -> u32 { return select(0u, 1u, is_finite_(x)); }

// No order with NaN.
fn comparable(x: f32, y: f32) -> bool { return !is_nan_(x) && !is_nan_(y); }
fn equal_f32(x: f32, y: f32) -> u32 { return select(0u, 1u, x == y && comparable(x, y)); }
fn equal_i32(x: i32, y: i32) -> u32 { return select(0u, 1u, x == y); }
fn equal_u32(x: u32, y: u32) -> u32 { return select(0u, 1u, x == y); }
fn equal_bool(x: u32, y: u32) -> u32 { return select(0u, 1u, x == y); }
fn less_f32(x: f32, y: f32) -> u32 { return select(0u, 1u, x < y && comparable(x, y)); }
fn less_i32(x: i32, y: i32) -> u32 { return select(0u, 1u, x < y); }
fn less_u32(x: u32, y: u32) -> u32 { return select(0u, 1u, x < y); }
fn less_bool(x: u32, y: u32) -> u32 { return select(0u, 1u, x < y); }
fn less_equal_f32(x: f32, y: f32) -> u32 { return select(0u, 1u, x <= y && comparable(x, y)); }
fn less_equal_i32(x: i32, y: i32) -> u32 { return select(0u, 1u, x <= y); }
fn less_equal_u32(x: u32, y: u32) -> u32 { return select(0u, 1u, x <= y); }
fn less_equal_bool(x: u32, y: u32) -> u32 { return select(0u, 1u, x <= y); }
fn and_bool(x: u32, y: u32) -> u32 { return x & y; }
fn or_bool(x: u32, y: u32) -> u32 { return x | y; }
fn not_bool(x: u32) -> u32 { return 1u - x; }

fn where_f32(c: u32, x: f32, y: f32) -> f32 { return select(y, x, c != 0u); }
fn where_i32(c: u32, x: i32, y: i32) -> i32 { return select(y, x, c != 0u); }
fn where_u32(c: u32, x: u32, y: u32) -> u32 { return select(y, x, c != 0u); }
fn where_bool(c: u32, x: u32, y: u32) -> u32 { return select(y, x, c != 0u); }

fn exp_f32(x: f32) -> f32 { return exp_(x); }
fn log_f32(x: f32) -> f32 { return log_(x); }
fn expm1_f32(x: f32) -> f32 { return expm1_(x); }
fn log1p_f32(x: f32) -> f32 { return log1p_(x); }
fn sqrt_f32(x: f32) -> f32 { return sqrt_(x); }
fn reciprocal_f32(x: f32) -> f32 { return 1.0 / x; }
fn absolute_f32(x: f32) -> f32 { return abs(x); }
fn sign_f32(x: f32) -> f32 { return select(sign(x), x, is_nan_(x)); }
fn floor_f32(x: f32) -> f32 { return select(x, floor(x), is_finite_(x)); }
fn tanh_f32(x: f32) -> f32 { return tanh_(x); }
fn sigmoid_f32(x: f32) -> f32 { return sigmoid_(x); }
fn softplus_f32(x: f32) -> f32 { return softplus_(x); }
fn erf_f32(x: f32) -> f32 { return erf_(x); }
fn gelu_f32(x: f32) -> f32 { return gelu_(x); }
fn gelu_slope_f32(x: f32) -> f32 { return gelu_slope_(x); }
fn gelu_tanh_f32(x: f32) -> f32 { return gelu_tanh_(x); }
fn gelu_tanh_slope_f32(x: f32) -> f32 { return gelu_tanh_slope_(x); }

// sin of r in [-1.6, 1.6], by its Taylor polynomial.
fn sine_near(r: f32) -> f32 {
  let z = r * r;
  let p = -0.16666667 + z * (0.008333334 + z * (-0.0001984127 + z * (2.7557319e-6 + z * (-2.5052108e-8 + z * 1.6059044e-10))));
  return r + r * z * p;
}

// The product of two words, its high half first.
fn product_(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let left = (a >> 16u) * (b & 0xffffu);
  let right = (a & 0xffffu) * (b >> 16u);
  let middle = (low >> 16u) + (left & 0xffffu) + (right & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u) + (middle >> 16u), a * b);
}

// sin(x + quarters pi/2) for finite x > 1 (Payne and Hanek 1983): 96 bits of 2/pi from the place on where their products with the
// whole number of x stop being multiples of 4 quarter turns; what is above a half turn gives the sign.
fn sine_far(x: f32, quarters: u32) -> f32 {
  var words = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  let bits = bitcast<u32>(x);
  let whole = (bits & 0x7fffffu) | 0x800000u;
  let place = (bits >> 23u) - 120u;
  let word = place / 32u;
  let shift = place % 32u;
  let over = (32u - shift) % 32u;
  let kept = select(0xffffffffu, 0u, shift == 0u);
  let a = (words[word] << shift) | ((words[word + 1u] >> over) & kept);
  let b = (words[word + 1u] << shift) | ((words[word + 2u] >> over) & kept);
  let c = (words[word + 2u] << shift) | ((words[word + 3u] >> over) & kept);
  let last = product_(c, whole);
  let middle = product_(b, whole);
  let p1 = middle.y + last.x;
  let p0 = a * whole + middle.x + select(0u, 1u, p1 < last.x) + (quarters << 30u);
  let turn = f32(bitcast<i32>((p0 << 1u) | (p1 >> 31u))) * 2.3283064e-10 + f32((p1 << 1u) | (last.y >> 31u)) * 5.421011e-20;
  let s = sine_near(3.1415927 * turn);
  return select(s, -s, ((p0 >> 31u) ^ ((p0 >> 30u) & 1u)) == 1u);
}

// sin x and cos x, for every finite x.
fn sine_f32(x: f32) -> f32 {
  if (!is_finite_(x)) { return nan_(x); }
  if (abs(x) <= 1.0) { return sine_near(x); }
  let s = sine_far(abs(x), 0u);
  return select(s, -s, x < 0.0);
}
fn cosine_f32(x: f32) -> f32 {
  if (!is_finite_(x)) { return nan_(x); }
  if (abs(x) <= 1.0) { return sine_near(1.5707964 - abs(x)); }
  return sine_far(abs(x), 1u);
}

// The standard normal's quantile at p: infinite at 0 and 1, else 2p - 1 times polynomials of -log(4p(1 - p)) (numeric.ts).
fn normal_quantile_f32(p: f32) -> f32 {
  let share = 4.0 * p * (1.0 - p);
  let x = 2.0 * p - 1.0;
  if (abs(share) < SMALLEST_NORMAL) { return x * infinity_(bitcast<u32>(abs(p))); }
  if (!(share > 0.0 && is_finite_(p))) { return nan_(p); }
  let w = -log_(share);
  let a = w - 2.5;
  if (w < 5.0) {
    return x * fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, 4.74631139e-10, -1.2406508e-8), 2.55068857e-8),
      6.58869022e-7), -4.85726645e-6), -7.01719436e-6), 3.08698241e-4), -1.7716485e-3), -5.90765003e-3), 0.34880204), 2.12331347);
  }
  let root = sqrt_(w);
  let b = root - 3.0;
  if (root < 4.3) {
    return x * fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, -4.37893875e-5, 2.28856776e-4), -3.88875722e-4),
      -1.72281419e-4), 2.08376728e-3), -5.04351328e-3), 8.04430329e-3), -1.08086664e-2), 1.33576047e-2), 1.41658271), 4.00643422);
  }
  let c = root - 6.5;
  return x * fma(c, fma(c, fma(c, fma(c, fma(c, fma(c, fma(c, fma(c, 2.41908744e-8, -2.05919794e-7), 8.83853327e-7), -3.86549953e-6),
    1.60872647e-5), -1.57154795e-5), -7.21865611e-4), 1.42709641), 9.00089416);
}

// ((word >> 9) + 1/2) 2^-23, in the open interval (0, 1).
fn unit_u32(word: u32) -> f32 { return (f32(word >> 9u) + 0.5) * 1.1920928955078125e-7; }

// Conversions: f32 to integers truncates and saturates, NaN to 0; anything to bool is "not 0".
fn cast_f32_f32(x: f32) -> f32 { return x; }
fn cast_f32_i32(x: f32) -> i32 {
  return select(select(i32(clamp(x, -2147483648.0, 2147483520.0)), 2147483647, x >= 2147483648.0), 0, is_nan_(x));
}
fn cast_f32_u32(x: f32) -> u32 {
  return select(select(u32(clamp(x, 0.0, 4294967040.0)), 4294967295u, x >= 4294967296.0), 0u, is_nan_(x));
}
fn cast_f32_bool(x: f32) -> u32 { return select(0u, 1u, (bitcast<u32>(x) << 1u) != 0u); }
fn cast_i32_f32(x: i32) -> f32 { return f32(x); }
fn cast_i32_i32(x: i32) -> i32 { return x; }
fn cast_i32_u32(x: i32) -> u32 { return u32(max(x, 0)); }
fn cast_i32_bool(x: i32) -> u32 { return select(0u, 1u, x != 0); }
fn cast_u32_f32(x: u32) -> f32 { return f32(x); }
fn cast_u32_i32(x: u32) -> i32 { return i32(min(x, 2147483647u)); }
fn cast_u32_u32(x: u32) -> u32 { return x; }
fn cast_u32_bool(x: u32) -> u32 { return select(0u, 1u, x != 0u); }
fn cast_bool_f32(x: u32) -> f32 { return f32(x); }
fn cast_bool_i32(x: u32) -> i32 { return i32(x); }
fn cast_bool_u32(x: u32) -> u32 { return x; }
fn cast_bool_bool(x: u32) -> u32 { return x; }
