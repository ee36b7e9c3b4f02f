/**
 * The matrices that every contestant multiplies, how often per repeat, and the check that it multiplied them.
 */

/** n × n values in [−1, 1], row-major. */
export const matrix = (n: number, phase: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: n * n }, (_, i) => Math.sin(i * 0.37 + phase))

/** Products per repeat: small ones are repeated, so that one wait at the end is shared. */
export const productsPerRepeat = (n: number): number => Math.max(1, Math.round((1024 / n) ** 3))

/** Throws unless `value` is the first element of the product of these matrices (f32 error bound n·2⁻²³). */
export const checkCorner = (left: Float32Array, right: Float32Array, n: number, value: number | undefined): void => {
  const exact = Array.from({ length: n }, (_, k) => (left[k] ?? 0) * (right[k * n] ?? 0)).reduce((a, b) => a + b, 0)
  if (value === undefined || !(Math.abs(value - exact) <= n * n * 2 ** -23))
    throw new Error(`wrong product: ${value} for ${exact}`)
}
