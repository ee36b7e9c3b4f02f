/** Fixtures that PyTorch wrote (specs/fixtures/transformer.py): weights, inputs, outputs, gradients of a loss. */
import { readFileSync } from 'node:fs'
import type { NamedArray, NamedArrays } from '../../lib/codec/array.ts'
import { decodeSafetensors } from '../../lib/codec/safetensors.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Executor } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { at } from '../../lib/at.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import type { Named, NamedAxes, Parameters } from '../../lib/models/autoregressive.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../lib/program.ts'
import { right, run } from '../either.ts'

/** A fixture's parts. */
export interface Torch {
  readonly weights: NamedArrays
  readonly gradients: NamedArrays
  readonly given: (name: string) => NamedArray
  readonly size: (name: string) => number
}

const GRADIENT = 'gradient/'

/** Reads a fixture; names that have a gradient are weights. */
export const torchFixture = (name: string): Torch => {
  const bytes = readFileSync(new URL(`../fixtures/models/${name}.safetensors`, import.meta.url))
  const { metadata, tensors } = right(decodeSafetensors(bytes))
  const entries = Object.entries(tensors)
  return {
    weights: Object.fromEntries(entries.filter(([key]) => `${GRADIENT}${key}` in tensors)),
    gradients: Object.fromEntries(
      entries.flatMap(([key, x]): [string, NamedArray][] =>
        key.startsWith(GRADIENT) ? [[key.slice(GRADIENT.length), x]] : [],
      ),
    ),
    given: (key) => {
      const found = tensors[key]
      if (found === undefined) throw new Error(`the fixture ${name} has no '${key}'`)
      return found
    },
    size: (key) => Number(metadata[key]),
  }
}

/** The values of a model's parameters as feeds. */
export const parameterFeeds = (parameters: Parameters): Readonly<Record<string, Values>> =>
  Object.fromEntries(Object.entries(parameters).map(([name, data]) => [`parameter/${name}`, data]))

/** Evaluates expressions by name. */
export const valuesOn = async (
  executor: Executor,
  named: Readonly<Record<string, Expr>>,
  feeds: Readonly<Record<string, Values>>,
): Promise<(name: string) => ArrayLike<number>> => {
  const values = await run(evaluateOn(executor)(named, feeds))
  return (name) => values[name]?.data ?? []
}

/** The largest error in units of the largest expected value. */
export const relative = (got: ArrayLike<number>, wanted: ArrayLike<number>): number => {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY
  let [error, scale] = [0, 1e-30]
  for (let i = 0; i < wanted.length; i++) {
    error = Math.max(error, Math.abs(at(got, i) - at(wanted, i)))
    scale = Math.max(scale, Math.abs(at(wanted, i)))
  }
  return error / scale
}

/** A model's values and gradients to be compared with a fixture. */
export interface Comparison {
  /** Our parameters and their gradients in PyTorch, by our names. */
  readonly parameters: Parameters
  readonly gradients: Parameters
  readonly axes: NamedAxes
  readonly feeds: Readonly<Record<string, Values>>
  /** Outputs (by the fixture's names), the loss (`loss`) among them, made of our parameters. */
  readonly make: (parameters: Named) => Readonly<Record<string, Expr>>
}

/** The largest relative error of every output and every gradient, by name. */
export const torchErrors = async (
  executor: Executor,
  torch: Torch,
  { parameters, gradients, axes, feeds, make }: Comparison,
): Promise<Readonly<Record<string, number>>> => {
  const inputs = parameterInputs(axes)
  const outputs = make(inputs)
  const names = Object.keys(axes)
  const nodes = names.flatMap((name) => inputs[name] ?? [])
  const slopes = vjpOf([outputs['loss'] ?? constant(0)], [constant(1)], nodes)
  const made = Object.fromEntries(names.map((name, i): [string, Expr] => [`d/${name}`, slopes[i] ?? constant(0)]))
  const value = await valuesOn(executor, { ...outputs, ...made }, { ...parameterFeeds(parameters), ...feeds })
  type Entry = readonly [name: string, error: number]
  return Object.fromEntries([
    ...Object.keys(outputs).map((name): Entry => [name, relative(value(name), torch.given(name).data)]),
    ...names.map((name): Entry => [`d/${name}`, relative(value(`d/${name}`), gradients[name] ?? [])]),
  ])
}

/** The entries above a bound. */
export const above = (bound: number, errors: Readonly<Record<string, number>>): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(errors).filter(([, error]) => !(error <= bound)))
