/**
 * RALM, the locally normalised residual model of the slides: the logits of a frozen base model plus those of a second
 * network, q(x_t | x_<t) = softmax(base logits + residual logits).
 */
import { failure, raise } from '../errors.ts'
import type { Expr } from '../expr.ts'
import { fold } from '../key.ts'
import { add, stopGradient } from '../ops/pointwise.ts'
import type { Autoregressive, CacheAxes, Named, StepInput } from './autoregressive.ts'
import { prefixed, under } from './parameters.ts'
import { anyTensor } from '../typed.ts'

const both = <A>(
  base: Readonly<Record<string, A>>,
  residual: Readonly<Record<string, A>>,
): Readonly<Record<string, A>> => ({
  ...prefixed('base/', base),
  ...prefixed('residual/', residual),
})

const frozen = (parameters: Named): Named =>
  Object.fromEntries(
    Object.entries(under('base/', parameters)).map(([name, x]): [string, Expr] => [
      name,
      stopGradient(anyTensor('f32')(x)),
    ]),
  )

const cacheAxes = (base: CacheAxes, residual: CacheAxes): CacheAxes => ({
  appended: both(base.appended, residual.appended),
  carried: both(base.carried, residual.carried),
})

const partOf = (prefix: string, at: StepInput): StepInput => ({
  ...at,
  appended: under(prefix, at.appended),
  carried: under(prefix, at.carried),
})

const sameSymbols = (base: Autoregressive, residual: Autoregressive): void => {
  if (base.symbols !== residual.symbols)
    raise(
      failure(
        'Shape',
        `the base model has ${base.symbols} symbols and the residual network ${residual.symbols}`,
        'give both the same symbols',
        { base: base.symbols, residual: residual.symbols },
      ),
    )
}

/**
 * The sum of two models' logits. Parameters, caches and states are those of both under `base/…` and `residual/…`; no
 * gradient reaches `base/…`. `hidden` is the residual network's. Throws a `Shape` failure when their symbols differ.
 *
 * @example
 * const table = tableModel({ symbols: 3, length: 4 })
 * ralm(table, table).symbols // => 3
 */
export const ralm = (base: Autoregressive, residual: Autoregressive): Autoregressive => {
  sameSymbols(base, residual)
  return {
    symbols: base.symbols,
    context: Math.min(base.context, residual.context),
    parameters: both(base.parameters, residual.parameters),
    initialise: (key) => both(base.initialise(fold(key, 0)), residual.initialise(fold(key, 1))),
    forward: (parameters, tokens, drop) => {
      const fixed = base.forward(frozen(parameters), tokens, () => (x) => x)
      const free = residual.forward(under('residual/', parameters), tokens, drop)
      return {
        logits: add(fixed.logits, free.logits),
        hidden: free.hidden,
        rows: both(fixed.rows, free.rows),
        carried: both(fixed.carried, free.carried),
      }
    },
    cache: (batch, time) => cacheAxes(base.cache(batch, time), residual.cache(batch, time)),
    shares: base.shares === true && residual.shares === true,
    step: (parameters, at) => {
      const fixed = base.step(frozen(parameters), partOf('base/', at))
      const free = residual.step(under('residual/', parameters), partOf('residual/', at))
      return {
        logits: add(fixed.logits, free.logits),
        rows: both(fixed.rows, free.rows),
        carried: both(fixed.carried, free.carried),
      }
    },
  }
}
