/**
 * For every operation of the table a generator of well-typed nodes with values for their inputs. Specs iterate over
 * `domains`; `specs/ops/table.spec.ts` checks that no operation is missing.
 */
import type { Values } from '../lib/dtype.ts'
import { type Feeds, inputName } from '../lib/executor.ts'
import type { Expr } from '../lib/expr.ts'
import type { Key } from '../lib/key.ts'
import { evaluate } from '../lib/reference.ts'
import { arrayDomains } from './domains/arrays.ts'
import { convolutionDomains } from './domains/convolutions.ts'
import { type Draws, draws, type How, isReal, type Placed, type Sample, small } from './domains/draws.ts'
import { fusedDomains } from './domains/fused.ts'
import { loopDomains } from './domains/loops.ts'
import { pointwiseDomains } from './domains/pointwise.ts'

export { type How, type Placed, type Sample, small, wild } from './domains/draws.ts'

/** A generator for every operation, by name. */
export const domains: Readonly<Record<string, (d: Draws) => Sample>> = {
  ...pointwiseDomains,
  ...arrayDomains,
  ...loopDomains,
  ...fusedDomains,
  ...convolutionDomains,
}

/** A node of an operation for a key. */
export const sample = (name: string, k: Key, how: How = small): Sample => {
  const domain = domains[name]
  if (domain === undefined) throw new Error(`there is no domain for '${name}'`)
  return domain(draws(k, how))
}

/** The values of a sample's inputs by node, for `evaluate`. */
export const knownOf = (inputs: readonly Placed[]): ReadonlyMap<Expr, Values> =>
  new Map(inputs.map(({ node, data }) => [node, data]))

/** The values of a sample's inputs by name, for executors. */
export const feedsFor = (inputs: readonly Placed[]): Feeds =>
  Object.fromEntries(inputs.map(({ node, data }) => [inputName(node), data]))

/** Values of some expressions on the reference. */
export const valuesOf = (roots: readonly Expr[], inputs: readonly Placed[]): readonly Values[] =>
  evaluate(roots, knownOf(inputs)).map((v) => v.data)

/** The results of a sample that are f32. */
export const realResults = (s: Sample): readonly Expr[] => s.results.filter((r) => isReal(r.types[0]))

/** The inputs of a sample that are f32. */
export const realInputs = (s: Sample): readonly Placed[] => s.inputs.filter(({ node }) => isReal(node.types[0]))

/** Operations whose result does depend smoothly on an f32 operand, and that say that no gradient flows. */
export const withoutGradient: readonly string[] = [
  'remainder',
  'normal_quantile',
  'stop_gradient',
  'lstm_sample',
  'filter_logits',
]
