/** What every fixpoint and linear solve returns beside its values: how wrong they can be, and why it converged. */

/**
 * The certificate of a solution of `x = b + M·x` with `M ≥ 0`.
 *
 * - `residual`: `‖x − b − M·x‖_∞` as computed;
 * - `spectralRadius`: an upper estimate of ρ(M) (Collatz–Wielandt), 0 for an acyclic automaton;
 * - `errorBound`: `‖x − x*‖_∞ ≤ ‖(I − M)⁻¹‖_∞ · (residual + rounding)`, where the norm is bounded by a vector v > 0
 *   with `(I − M)·v ≥ c > 0`: then `‖(I − M)⁻¹‖_∞ ≤ max v / c`. Such a v also proves ρ(M) < 1;
 * - `sweeps`: passes over the matrix of the slowest component (1 for a direct solve).
 */
export interface Certificate {
  readonly residual: number
  readonly spectralRadius: number
  readonly errorBound: number
  readonly sweeps: number
}

/** A vector with one value a state, and its certificate. */
export interface Solution {
  readonly values: Float64Array
  readonly certificate: Certificate
}

/** A number and its certificate. */
export interface Certified {
  readonly value: number
  readonly certificate: Certificate
}
