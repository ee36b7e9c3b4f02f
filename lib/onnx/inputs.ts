/**
 * Inputs of a graph: what the program is fed, and its state.
 */
import type { Program } from '../executor.ts'
import type { Expr } from '../expr.ts'
import type { GraphValue } from './types.ts'

/** An input of the graph that is an input of the program. */
export interface Fed {
  readonly input: Expr
  readonly value: GraphValue
}

/** The variables that a run changes. */
export const moving = (state: Program['state']): Program['state'] =>
  Object.fromEntries(Object.entries(state).filter(([, { input, next }]) => next !== input))
