/**
 * What the inputs and outputs of a causal language model are for, from their names, element types and ranks, as exporters
 * name them: `input_ids`, `attention_mask`, `position_ids`, `past_key_values.N.key` → `logits`, `present.N.key`, and more.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'

/** An input or output as a session describes it: free dimensions have names. */
export interface Port {
  readonly name: string
  readonly type: string
  readonly shape: readonly (number | string)[]
}

/** A cache of past positions: the input that reads it, the output that writes it, and what its axes are. */
export interface CachePort {
  readonly past: string
  readonly present: string
  readonly type: 'float32' | 'float16'
  readonly shape: readonly (number | 'batch' | 'time')[]
}

/** What an input besides the tokens and the caches is fed with. */
export type Meaning = 'mask' | 'positions' | 'cachePositions' | 'types' | 'heads' | 'useCache' | 'keep'

/** Inputs and outputs by their use. */
export interface Signature {
  readonly tokens: Port
  readonly others: readonly { readonly port: Port; readonly meaning: Meaning }[]
  readonly caches: readonly CachePort[]
  readonly logits: Port
  /** Whether it declares that it reads one token a run. */
  readonly single: boolean
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
const MASKS = [...INTEGERS, ...FLOATS, 'bool']

/** `past_key_values.0.key`, `past_key_value_0`, `past.0.key`, `past_key_0`, `past_0`. */
const PAST = /^past(?:_key_values?[._]|(?:_key|_value)?[._]\d+(?:[._](?:key|value))?$)/

/** Inputs that are known: the element types and ranks that they may have (none: any), and what they are fed with. */
const KNOWN: ReadonlyMap<string, readonly [meaning: Meaning, types: readonly string[], ranks: readonly number[]]> =
  new Map([
    ['attention_mask', ['mask', MASKS, [2]]],
    ['position_ids', ['positions', INTEGERS, [1, 2]]],
    ['cache_position', ['cachePositions', INTEGERS, [1]]],
    ['token_type_ids', ['types', INTEGERS, [2]]],
    ['head_mask', ['heads', MASKS, []]],
    ['use_cache_branch', ['useCache', ['bool'], [0, 1]]],
    ['num_logits_to_keep', ['keep', INTEGERS, [0, 1]]],
    ['logits_to_keep', ['keep', INTEGERS, [0, 1]]],
  ])

/** How to export a model without an input that is not known; the first that fits its name. */
const WAYS_OUT: readonly (readonly [RegExp, string])[] = [
  [/^(encoder|decoder)_/, 'export a causal language model, not the decoder of a model with an encoder'],
  [/^inputs_embeds$/, 'export the model with input_ids in place of inputs_embeds'],
  [/^(pixel|image|input_features|audio)/, 'export the language model alone, without what reads images or sound'],
  [/^(past|total)_seq/, 'export with attention_mask in place of lengths of sequences'],
]

const LAST_WAY = 'export the model without that input, with its usual value inside the graph'

const shown = ({ type, shape }: Port): string => `${type} [${shape.join(', ')}]`

/** A port of the right element type and of one of the ranks (none: any). */
const checked =
  (what: string, types: readonly string[], ranks: readonly number[]) =>
  (port: Port): E.Either<Failure, Port> =>
    types.includes(port.type) && (ranks.length === 0 || ranks.includes(port.shape.length))
      ? E.right(port)
      : E.left(
          wrong(
            `${what} '${port.name}' is ${shown(port)}, not ${types.join(' or ')}${ranks.length === 0 ? '' : ` of rank ${ranks.join(' or ')}`}`,
            `export a causal language model (token ids [batch, time] in, logits [batch, time, symbols] out) in which '${port.name}' is so`,
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

/** Names that the output may have which carries on what an input holds: `present.0.key` for `past_key_values.0.key`. */
const presentNames = (past: string): readonly string[] => [
  past.replace(/^past/, 'present'),
  ...['present', 'present_key_values', 'present_key_value'].map((name) => past.replace(/^past_key_values?/, name)),
]

const presentOf = (past: string, outputs: readonly Port[]): Port | undefined =>
  presentNames(past).flatMap((name) => outputs.filter((o) => o.name === name))[0]

const isFree = (d: number | string): boolean => typeof d === 'string' || d < 0

const cacheOf = (port: Port, outputs: readonly Port[]): E.Either<Failure, CachePort> => {
  const present = presentOf(port.name, outputs)
  // Old exports keep keys and values together: [2, batch, heads, time, size].
  const batch = port.shape.length === 5 ? 1 : 0
  const open = port.shape.flatMap((d, i) => (i !== batch && isFree(d) ? [i] : []))
  if (present === undefined)
    return E.left(
      wrong(
        `no output carries '${port.name}' on`,
        `export the model with the output ${at(presentNames(port.name), 0)} beside that input`,
        { name: port.name },
      ),
    )
  const isCache = port.shape.length === 4 || (port.shape.length === 5 && port.shape[0] === 2)
  if (!isCache || open.length !== 1 || (port.type !== 'float32' && port.type !== 'float16'))
    return E.left(
      wrong(
        `input '${port.name}' is ${shown(port)}, not a cache [batch, heads, time, size] of floats with fixed heads and size`,
        'export the model with fixed numbers of heads, and with free batch and past length',
        { name: port.name },
      ),
    )
  const shape = port.shape.map((d, i) =>
    i === batch ? ('batch' as const) : typeof d === 'string' || d < 0 ? ('time' as const) : d,
  )
  return E.right({ past: port.name, present: present.name, type: port.type, shape })
}

const other = (port: Port): E.Either<Failure, { readonly port: Port; readonly meaning: Meaning }> => {
  const known = KNOWN.get(port.name)
  if (known === undefined)
    return E.left(
      wrong(
        `nothing is known to feed to the input '${port.name}' (${shown(port)})`,
        orElse(WAYS_OUT.find(([name]) => name.test(port.name))?.[1], LAST_WAY),
        { name: port.name },
      ),
    )
  const [meaning, types, ranks] = known
  return pipe(
    port,
    checked('input', types, ranks),
    E.map(() => ({ port, meaning })),
  )
}

/** The signature of a model. Left `Format` names the input or output that a causal language model does not have so. */
export const signatureOf = (
  inputs: readonly Port[],
  outputs: readonly Port[],
  { tokens = 'input_ids', logits = 'logits' }: PortNames,
): E.Either<Failure, Signature> =>
  pipe(
    found('input', inputs)(tokens),
    E.chain(checked('input', INTEGERS, [2])),
    E.bindTo('tokens'),
    E.bind('logits', () => pipe(found('output', outputs)(logits), E.chain(checked('output', FLOATS, [3])))),
    E.bind('others', () =>
      pipe(
        inputs.filter((p) => p.name !== tokens && !PAST.test(p.name)),
        E.traverseArray(other),
      ),
    ),
    E.bind('caches', () =>
      pipe(
        inputs.filter((p) => p.name !== tokens && PAST.test(p.name)),
        E.traverseArray((p) => cacheOf(p, outputs)),
      ),
    ),
    E.map((signature) => ({ ...signature, single: signature.tokens.shape[1] === 1 })),
  )
