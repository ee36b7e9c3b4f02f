/** Exact equality of types, as a call that compiles only where it holds. */

type Same<X, Y> = (<T>() => T extends X ? 1 : 2) extends <T>() => T extends Y ? 1 : 2 ? 'same' : 'different'

/** `expectType<X>()(x, 'same')` compiles only where the type of `x` is exactly `X`. */
export const expectType =
  <X>() =>
  <Y>(_x: Y, _same: Same<X, Y> & 'same'): void =>
    undefined
