/**
 * The casts of the library, all in one place: records whose types their makers know to be right.
 */
import type { DType } from './dtype.ts'
import type { Expr, Tensor } from './expr.ts'

/**
 * An expression as the tensor that it is declared to be. Only for operations, whose type rule checks operands and result;
 * everywhere else `typed` compares the axes.
 */
export const declared = <A extends string, D extends DType>(x: Expr): Tensor<A, D> => x as Tensor<A, D>

/** A record of expressions as a record of typed tensors. Only for functions that build the record name by name. */
export const typedRecord = <R extends Readonly<Record<string, Expr>>>(xs: Readonly<Record<string, Expr>>): R => xs as R

/** The keys of a record whose keys are a known union (TypeScript gives `string[]`). */
export const keysOf = <K extends string>(record: Readonly<Partial<Record<K, unknown>>>): readonly K[] =>
  Object.keys(record) as K[]

/** A record from its keys. */
export const recordOf = <K extends string, A>(
  keys: readonly K[],
  value: (key: K, index: number) => A,
): Readonly<Record<K, A>> => Object.fromEntries(keys.map((key, i) => [key, value(key, i)])) as Record<K, A>
