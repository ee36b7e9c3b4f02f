/**
 * Beam search over a model's caches: the W best continuations of every prefix are kept from token to token. Prefixes are
 * fed in one pass; from then on a step returns the W best symbols of every hypothesis, and the host chooses among them.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { field } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Run, effect, fail, stopIfAborted } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Prepared } from '../executor.ts'
import type { Parameters } from './autoregressive.ts'
import {
  type Best,
  type Group,
  type Hypothesis,
  type Ranking,
  extended,
  finished,
  lanesOf,
  numbered,
} from './beam-hypotheses.ts'
import { beamMemory, beamMemoryOf, beamPrefill, beamProgram, lanesDiffer } from './beam-program.ts'
import { firstSlots, follow, rowsAt, seenSlots, takeSlots } from './beam-slots.ts'
import { type Language, onLanes } from './language-score.ts'
import { startsOf } from '../scale/shards.ts'
import { SHORT, memoryLength, stepLength } from './language-sample.ts'
import { endFailure, programLength, rowsFailure, separateRows } from './row-checks.ts'

export type { Hypothesis } from './beam-hypotheses.ts'

/** What to search: continuations of each prefix up to `length` tokens, the prefix included. */
export interface BeamOptions {
  readonly prefix: TokenRows
  readonly width: number
  readonly length: number
  /** α ≥ 0; 0 by default. */
  readonly lengthPenalty?: number
  /** The symbol that ends a hypothesis; none: all have full length. */
  readonly end?: number
  readonly signal?: AbortSignal
}

/** Most hypotheses of a prefix. */
const WIDEST = 2 ** 16

const optionsFailure = (language: Language, options: BeamOptions): Failure | undefined => {
  const { prefix, width, length, lengthPenalty = 0 } = options
  const { context } = language.model
  const wrong = rowsFailure(language.model, prefix) ?? endFailure(language.model.symbols, options.end)
  if (wrong !== undefined) return wrong
  if (!Number.isInteger(width) || width < 1)
    return failure('Domain', `a beam of width ${width}`, 'keep a whole number of hypotheses, 1 or more', { width })
  if (width > WIDEST)
    return failure('Limit', `a beam of width ${width}`, `keep at most ${WIDEST} hypotheses`, { width })
  if (!(lengthPenalty >= 0 && lengthPenalty < Number.POSITIVE_INFINITY))
    return failure('Domain', `a length penalty of ${lengthPenalty}`, 'give a number, 0 or more', { lengthPenalty })
  return Number.isInteger(length) && length >= prefix.time && length <= context
    ? undefined
    : failure(
        'Shape',
        `hypotheses of ${length} tokens from a prefix of ${prefix.time}, and a context of ${context}`,
        'give a length between the two',
        { length, prefix: prefix.time, context },
      )
}

/** The programs of a search, and the sizes for which they are made. */
interface Searcher {
  readonly language: Language
  readonly memory: Prepared
  /** Lanes, those of one prefix, and rows of the caches that are used. */
  readonly batch: number
  readonly width: number
  readonly rows: number
  readonly remembers: ReturnType<typeof beamMemoryOf>
}

/** Caches for so many lanes, as long as the longest search so far. */
const searcherFor = async (run: Run, language: Language, batch: number, options: BeamOptions): Promise<Searcher> => {
  const { model, store } = language
  const [caches, programs] = [`beam of ${batch} × `, `with a beam of ${batch} `]
  const known = store.names().find((name) => name.startsWith(caches))
  const held = Number(known?.slice(caches.length) ?? 0)
  const rows = memoryLength(options.length, model.context)
  if (held < rows) store.drop((name) => name.startsWith(caches) || name.startsWith(programs))
  const time = Math.max(held, rows)
  const memory = await run(store.prepared(`${caches}${time}`, () => beamMemory(model, { batch, time })))
  return { language, memory, batch, width: options.width, rows, remembers: beamMemoryOf(model) }
}

const preparedFor = (
  run: Run,
  { language, memory, batch, width }: Searcher,
  kind: 'step' | 'shared step' | 'prefixes',
  slots: number,
  time: number,
): Promise<Prepared> => {
  const shape = { batch, time, width, slots, shared: kind === 'shared step' }
  const make = () => (kind === 'prefixes' ? beamPrefill(language.model, shape) : beamProgram(language.model, shape))
  return run(language.store.prepared(`with a beam of ${batch} ${kind} ${width} ${slots} ${time}`, make, memory))
}

/** Feeds prefixes in one pass, where the model has nothing but caches and the prefixes are not short. */
const prefilled = async (run: Run, searcher: Searcher, prefix: TokenRows): Promise<boolean> => {
  const { language, batch, width, rows, remembers } = searcher
  if (prefix.time < SHORT || remembers.carries) return false
  const time = Math.min(programLength(prefix.time, language.model.context), rows)
  const prepared = await preparedFor(run, searcher, 'prefixes', time, time)
  const copies = lanesDiffer(language.model) ? width : 1
  const tokens = new Int32Array((batch / width) * copies * time)
  for (let r = 0; r < prefix.count * copies; r++) {
    const start = Math.floor(r / copies) * prefix.time
    tokens.set(prefix.tokens.subarray(start, start + prefix.time), r * time)
  }
  await run(prepared.run({ tokens }, []))
  return true
}

/** Slots beyond so many for each position are more than it costs to look up the rows of every lane: lanes that have little in common. */
const SHARED = 2

/** Where a step stands, and what its lanes go on from. */
interface Place {
  readonly position: number
  readonly ancestors: Int32Array
  readonly lanes: ReturnType<typeof lanesOf>
}

/** One step of all lanes: the best symbols of each, or nothing where the next ones are given. */
const stepped = async (
  run: Run,
  searcher: Searcher,
  { position, ancestors, lanes }: Place,
  given: boolean,
): Promise<Best | undefined> => {
  const { language, batch, width, rows, remembers } = searcher
  follow(ancestors, lanes.from, position)
  const needed = takeSlots(ancestors, position, searcher)
  const time = stepLength(position, rows)
  const slots = stepLength(needed - 1, rows * width)
  const shared = remembers.shares && slots <= SHARED * time
  const prepared = await (remembers.rows
    ? preparedFor(run, searcher, shared ? 'shared step' : 'step', slots, shared ? slots : time)
    : preparedFor(run, searcher, 'step', rows, rows))
  const feeds = {
    position: Int32Array.of(position),
    previous: lanes.previous,
    ...(remembers.rows ? { places: rowsAt(ancestors, searcher, position, 1) } : {}),
    ...(shared ? { seen: seenSlots(ancestors, position, batch, slots) } : {}),
    ...(remembers.rows && !shared ? { ancestors: rowsAt(ancestors, searcher, 0, time) } : {}),
    ...(remembers.carries ? { from: lanes.from } : {}),
  }
  const out = await run(prepared.run(feeds, given ? [] : ['symbols', 'logs']))
  const data = (name: string): ArrayLike<number> => field(out, name).data
  const ranks = Math.min(width, language.model.symbols)
  return given ? undefined : { symbols: data('symbols'), logs: data('logs'), ranks }
}

/** Searches from several prefixes at once. */
const searchGroup = async (
  run: Run,
  searcher: Searcher,
  { length, signal, prefix }: BeamOptions,
  ranking: Ranking,
): Promise<Group> => {
  const { batch, width, rows } = searcher
  const first = (await prefilled(run, searcher, prefix)) ? prefix.time : 0
  const ancestors = firstSlots(rows, batch)
  let group: Group = separateRows(prefix).map((tokens, i) => [
    { lane: i * width, tokens: [...tokens], logProbability: 0, ended: false },
  ])
  for (let position = first; position < length && group.some((beam) => beam.some((h) => !h.ended)); position++) {
    if (signal !== undefined) stopIfAborted(signal)
    const lanes = lanesOf(group, position, batch, width)
    const best = await stepped(run, searcher, { position, ancestors, lanes }, position < prefix.time)
    group = numbered(group, width)
    if (best !== undefined) group = group.map((beam) => extended(beam, best, ranking))
  }
  return group
}

/**
 * The best hypotheses of every prefix, the best first: at most `width` of each. With width ≥ V^K they are all strings in
 * order of score; with width 1 the greedy one. Left `Domain` and `Shape` for impossible options.
 */
export const beamSearch = (
  language: Language,
  parameters: Parameters,
  options: BeamOptions,
): TaskEither<Failure, readonly (readonly Hypothesis[])[]> =>
  effect(async (run) => {
    const wrong = optionsFailure(language, options)
    if (wrong !== undefined) fail(wrong)
    const { prefix, width, lengthPenalty = 0, end } = options
    const { count, time } = prefix
    const groupSize = Math.max(1, Math.min(count, Math.floor(language.batch / width)))
    const ranking = { width, start: time, lengthPenalty, end }
    const found: (readonly Hypothesis[])[] = []
    const search = onLanes(
      language,
      parameters,
      options.signal,
    )(async (own, there, first: number) => {
      const searcher = await searcherFor(own, there, groupSize * width, options)
      const here = Math.min(groupSize, count - first)
      const given = { tokens: prefix.tokens.subarray(first * time, (first + here) * time), count: here, time }
      const beams = await searchGroup(own, searcher, { ...options, prefix: given }, ranking)
      return beams.map((beam) => beam.map((h) => finished(h, ranking)))
    })
    await run(search(startsOf(count, groupSize), (beams) => found.push(...beams)))
    return found
  })
