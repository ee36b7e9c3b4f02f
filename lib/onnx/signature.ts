/**
 * What the inputs and outputs of a causal language model are for, from their names, element types and ranks, as exporters
 * name them: `input_ids`, `attention_mask`, `position_ids`, `past_key_values.N.key` → `logits`, `present.N.key`.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'

/** An input or output as a session describes it: free dimensions have names. */
export interface Port {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** A cache of past positions: the input that reads it, the output that writes it, heads and size of a head. */
export interface CachePort {
  readonly past: string
  readonly present: string
  readonly type: 'float32' | 'float16'
  /** Dimensions after the batch; `time` is the position of the one that grows. */
  readonly shape: readonly (number | 'time')[]
}

/** Inputs and outputs by their use. */
export interface Signature {
  readonly tokens: Port
  readonly mask: Port | undefined
  readonly positions: Port | undefined
  /** A switch of merged exports: whether the cache holds anything. */
  readonly useCache: Port | undefined
  readonly caches: readonly CachePort[]
  readonly logits: Port
}

/** Names that differ from the usual ones. */
export interface PortNames {
  readonly tokens?: string
  readonly logits?: string
}

const wrong = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Format', what, remedy, facts)

const listed = (ports: readonly Port[]): string => ports.map((p) => p.name).join(', ')

const INTEGERS = ['int64', 'int32']
const FLOATS = ['float32', 'float16']
const PAST = /^past_key_values?(?=[._])/

const shown = ({ type, shape }: Port): string => `${type} [${shape.join(', ')}]`

/** A port of the right element type and rank. */
const checked =
  (what: string, types: readonly string[], rank: number) =>
  (port: Port): E.Either<Failure, Port> =>
    types.includes(port.type) && port.shape.length === rank
      ? E.right(port)
      : E.left(
          wrong(
            `${what} '${port.name}' is ${shown(port)}, not ${types.join(' or ')} of rank ${rank}`,
            'give a causal language model: token ids [batch, time] in, logits [batch, time, symbols] out',
            { name: port.name, type: port.type, shape: port.shape },
          ),
        )

const found =
  (kind: 'input' | 'output', ports: readonly Port[]) =>
  (name: string): E.Either<Failure, Port> => {
    const port = ports.find((p) => p.name === name)
    return port === undefined
      ? E.left(
          wrong(
            `the model has no ${kind} '${name}' (it has ${listed(ports)})`,
            `name the right one with the option names`,
            { name },
          ),
        )
      : E.right(port)
  }

const optional = (
  ports: readonly Port[],
  name: string,
  types: readonly string[],
  rank: number,
): E.Either<Failure, Port | undefined> => {
  const port = ports.find((p) => p.name === name)
  return port === undefined ? E.right(undefined) : checked('input', types, rank)(port)
}

/** The output that carries on what an input holds: `present.0.key` for `past_key_values.0.key`. */
const presentOf = (past: string, outputs: readonly Port[]): Port | undefined =>
  ['present', 'present_key_values', 'present_key_value']
    .map((prefix) => past.replace(PAST, prefix))
    .flatMap((name) => outputs.filter((o) => o.name === name))[0]

const cacheOf = (port: Port, outputs: readonly Port[]): E.Either<Failure, CachePort> => {
  const present = presentOf(port.name, outputs)
  const rest = port.shape.slice(1)
  const open = rest.flatMap((d, i) => (typeof d === 'string' || d < 0 ? [i] : []))
  if (present === undefined)
    return E.left(
      wrong(`no output carries '${port.name}' on`, 'export the model with present.* beside past_key_values.*'),
    )
  if (port.shape.length !== 4 || open.length !== 1 || (port.type !== 'float32' && port.type !== 'float16'))
    return E.left(
      wrong(
        `input '${port.name}' is ${shown(port)}, not a cache [batch, heads, time, size] of floats with fixed heads and size`,
        'export the model with fixed numbers of heads, and with free batch and past length',
      ),
    )
  const shape = rest.map((d, i) => (i === open[0] || typeof d === 'string' ? ('time' as const) : d))
  return E.right({ past: port.name, present: present.name, type: port.type, shape })
}

const KNOWN = ['attention_mask', 'position_ids', 'use_cache_branch']

const stranger = (inputs: readonly Port[], tokens: string): Port | undefined =>
  inputs.find((p) => p.name !== tokens && !KNOWN.includes(p.name) && !PAST.test(p.name))

/** The signature of a model. Left `Format` names the input or output that a causal language model does not have so. */
export const signatureOf = (
  inputs: readonly Port[],
  outputs: readonly Port[],
  { tokens = 'input_ids', logits = 'logits' }: PortNames,
): E.Either<Failure, Signature> => {
  const strange = stranger(inputs, tokens)
  return pipe(
    found('input', inputs)(tokens),
    E.chain(checked('input', INTEGERS, 2)),
    E.bindTo('tokens'),
    E.bind('logits', () => pipe(found('output', outputs)(logits), E.chain(checked('output', FLOATS, 3)))),
    E.chainFirst(() =>
      strange === undefined
        ? E.right(undefined)
        : E.left(
            wrong(
              `nothing is known to feed to the input '${strange.name}' (${shown(strange)})`,
              'export a decoder alone',
            ),
          ),
    ),
    E.bind('mask', () => optional(inputs, 'attention_mask', [...INTEGERS, 'float32', 'bool'], 2)),
    E.bind('positions', () => optional(inputs, 'position_ids', INTEGERS, 2)),
    E.bind('useCache', () => optional(inputs, 'use_cache_branch', ['bool'], 1)),
    E.bind('caches', () =>
      pipe(
        inputs.filter((p) => PAST.test(p.name)),
        E.traverseArray((p) => cacheOf(p, outputs)),
      ),
    ),
  )
}
