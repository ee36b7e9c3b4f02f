/**
 * Sampling from a language model, token by token over its caches. Nothing is read back before the last step, except,
 * where rows can end, one number every 16 steps.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, fail, stopIfAborted } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Prepared } from '../executor.ts'
import type { Value } from '../expr.ts'
import { type Key, fold } from '../key.ts'
import { startsOf } from '../scale/shards.ts'
import type { Parameters } from './autoregressive.ts'
import { type Decoding, decodingFailure, decodingName, temperatureFeeds } from './decoding.ts'
import { type Chunk, type Drawer, givenTokens } from './language-drawer.ts'
import { lineDrawer } from './language-lines.ts'
import { memoryProgram, prefillProgram, stepProgram } from './language-programs.ts'
import { type Language, onLanes } from './language-score.ts'
import { countFailure, padded, programLength, rowsFailure } from './row-checks.ts'

/** Rows drawn from a model, with log q (nats) of what was drawn, under the model itself [count]. */
export interface DrawnRows extends TokenRows {
  readonly logProbability: Float64Array
}

/** What to draw: `count` rows of `length` tokens, from a key. */
export interface SampleOptions {
  readonly key: Key
  readonly count: number
  /** Tokens of a row, those of the prefix included. */
  readonly length: number
  /** Where rows begin: one for each row, or one for all. */
  readonly prefix?: TokenRows
  readonly decoding?: Decoding
  readonly signal?: AbortSignal
  /** Hears of rows that are finished. */
  readonly onRows?: (rows: number) => void
}

/** Steps between two looks at whether every row has ended. */
const LOOK = 16

/** Prefixes shorter than this are stepped through. */
export const SHORT = 4

/** Steps read so many rows of caches at least; lengths above are multiples of it. */
const BLOCK = 32

/** The cache length of the step at `position`: 32, 64, 96, 128, 192, 256, …, so that early steps read short caches. */
export const stepLength = (position: number, length: number): number => {
  let size = BLOCK
  while (size <= position) size += Math.max(BLOCK, size % 3 === 0 ? size / 3 : size / 2)
  return Math.min(size, length)
}

/** The length of the caches for rows of `length` tokens. It may exceed the context: positions do not. */
export const memoryLength = (length: number, context: number): number => {
  const own = programLength(length, context)
  return own < BLOCK ? own : BLOCK * Math.ceil(own / BLOCK)
}

const noPrefix: TokenRows = { tokens: new Int32Array(0), count: 1, time: 0 }

const optionsFailure = (language: Language, options: SampleOptions): Failure | undefined => {
  const { count, length, prefix = noPrefix, decoding = {} } = options
  const { context } = language.model
  const wrong = decodingFailure(decoding) ?? countFailure(count, length) ?? rowsFailure(language.model, prefix)
  if (wrong !== undefined) return wrong
  if (!Number.isInteger(length) || length < prefix.time || length > context)
    return failure(
      'Shape',
      `rows of ${length} tokens from a prefix of ${prefix.time}, and a context of ${context}`,
      'give a length between the two',
      { length, prefix: prefix.time, context },
    )
  return prefix.count === 1 || prefix.count === count
    ? undefined
    : failure('Shape', `${prefix.count} prefixes for ${count} rows`, 'give one prefix for each row, or one for all', {
        prefixes: prefix.count,
        count,
      })
}

/** The rows' prefixes, one for each. */
const spread = (prefix: TokenRows, count: number): TokenRows => {
  if (prefix.count === count) return prefix
  const tokens = new Int32Array(count * prefix.time)
  for (let r = 0; r < count; r++) tokens.set(prefix.tokens, r * prefix.time)
  return { tokens, count, time: prefix.time }
}

/** The programs for one way of drawing. */
interface Sampler {
  readonly memory: Prepared
  readonly step: (run: Run, position: number) => Promise<Prepared>
  readonly prefill: (run: Run, prefix: TokenRows) => Promise<boolean>
}

/** The state of sampling: as long as the longest rows so far. */
const memoryFor = async (run: Run, { model, store, batch }: Language, length: number): Promise<Prepared> => {
  const known = store.names().find((name) => name.startsWith('memory '))
  const rows = Number(known?.slice('memory '.length) ?? 0)
  if (rows < length) store.drop((name) => /^(memory|step|prefill) /.test(name))
  const time = rows < length ? memoryLength(length, model.context) : rows
  return run(store.prepared(`memory ${time}`, () => memoryProgram(model, { batch, time })))
}

const samplerFor = async (run: Run, language: Language, length: number, decoding: Decoding): Promise<Sampler> => {
  const { model, store, batch, end } = language
  const memory = await memoryFor(run, language, length)
  const longest = memoryLength(length, model.context)
  const ending = end === undefined ? {} : { end }
  return {
    memory,
    step: (go, position) => {
      const time = stepLength(position, longest)
      const make = () => stepProgram(model, { batch, time, decoding, ...ending })
      return go(store.prepared(`step ${time} ${decodingName(decoding)}`, make, memory))
    },
    prefill: async (go, prefix) => {
      if (prefix.time < SHORT || Object.keys(model.cache(batch, 1).carried).length > 0) return false
      const time = Math.min(programLength(prefix.time, model.context), longest)
      const make = () => prefillProgram(model, { batch, time })
      const prepared = await go(store.prepared(`prefill ${time}`, make, memory))
      const tokens = padded(prefix, { start: 0, count: prefix.count }, { batch, time })
      await go(prepared.run({ tokens }, []))
      return true
    },
  }
}

/** Clears what is carried from row to row; rows that only fill up the batch have ended. */
const begin = async (run: Run, { batch }: Language, { memory }: Sampler, { prefix }: Chunk): Promise<void> => {
  const previous = prefix.time === 0 ? new Int32Array(batch) : givenTokens(prefix, prefix.time - 1, batch)
  const ended = Int32Array.from({ length: batch }, (_, r) => (r < prefix.count ? 0 : 1))
  await run(memory.writeState({ previous, ended }))
}

/** Draws one batch; the number of positions that were drawn. */
const drawChunk = async (run: Run, language: Language, sampler: Sampler, chunk: Chunk): Promise<number> => {
  const { key, prefix, length, signal } = chunk
  await begin(run, language, sampler, chunk)
  const start = (await sampler.prefill(run, prefix)) ? prefix.time : 0
  const free = givenTokens(noPrefix, 0, language.batch)
  for (let position = start; position < length; position++) {
    if (signal !== undefined) stopIfAborted(signal)
    const prepared = await sampler.step(run, position)
    const given = position < prefix.time ? givenTokens(prefix, position, language.batch) : free
    const look = language.end !== undefined && position % LOOK === LOOK - 1
    const own = { position: Int32Array.of(position), key: Uint32Array.from(fold(key, position)), given }
    const feeds = { ...own, ...temperatureFeeds(chunk.decoding) }
    const { live } = await run(prepared.run(feeds, look ? ['live'] : []))
    if (look && live?.data[0] === 0) return position + 1
  }
  return length
}

/** Draws token by token, or line by line where the model has lines and its rows do not end. */
const drawerFor = async (
  run: Run,
  language: Language,
  { length, decoding }: { readonly length: number; readonly decoding: Decoding },
  prefix: TokenRows,
): Promise<Drawer> => {
  const { lines } = language.model
  if (lines !== undefined && language.end === undefined)
    return lineDrawer(run, language, lines, { decoding, prefixed: prefix.time > 0 })
  const sampler = await samplerFor(run, language, length, decoding)
  return { memory: sampler.memory, draw: (go, chunk) => drawChunk(go, language, sampler, chunk) }
}

/** What a batch left: how many positions were drawn, and the tokens and scores of each [position, batch]. */
interface Batch {
  readonly done: number
  readonly state: Readonly<Record<string, Value>>
}

/** Draws rows. Left `Domain` and `Shape` for impossible options, `Interrupted` when the signal was aborted. */
export const sampleRows = (
  language: Language,
  parameters: Parameters,
  options: SampleOptions,
): TaskEither<Failure, DrawnRows> =>
  effect(async (run) => {
    const wrong = optionsFailure(language, options)
    if (wrong !== undefined) fail(wrong)
    const { key, count, length, decoding = {}, signal } = options
    const prefix = spread(options.prefix ?? noPrefix, count)
    const { batch, end = 0 } = language
    const drawn = { tokens: new Int32Array(count * length).fill(end), logProbability: new Float64Array(count) }
    if (count === 0 || length === 0) return { ...drawn, count, time: length }
    const given = prefix.time
    const starts = startsOf(count, batch)
    const rowsFrom = (first: number): TokenRows => {
      const rows = Math.min(batch, count - first)
      return { tokens: prefix.tokens.subarray(first * given, (first + rows) * given), count: rows, time: given }
    }
    const draw = onLanes(
      language,
      parameters,
      signal,
    )(async (own, there, first: number, number): Promise<Batch> => {
      const drawer = await drawerFor(own, there, { length, decoding }, prefix)
      const chunk = { key: fold(key, number), prefix: rowsFrom(first), length, decoding, signal }
      const done = await drawer.draw(own, chunk)
      return { done, state: await own(drawer.memory.readState(['tokens', 'scores'])) }
    })
    await run(
      draw(starts, ({ done, state }, number) => {
        const first = at(starts, number)
        const own = rowsFrom(first)
        const [tokens, scores] = [field(state, 'tokens').data, field(state, 'scores').data]
        for (let r = 0; r < own.count; r++)
          for (let t = 0; t < done; t++) {
            const place = (first + r) * length + t
            drawn.tokens[place] = t < given ? at(own.tokens, r * given + t) : at(tokens, t * batch + r)
            if (t >= given)
              drawn.logProbability[first + r] = at(drawn.logProbability, first + r) + at(scores, t * batch + r)
          }
        options.onRows?.(own.count)
      }),
    )
    return { ...drawn, count, time: length }
  })
