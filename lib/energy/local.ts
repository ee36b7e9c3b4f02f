/**
 * Local Metropolis–Hastings on sequences: insert, delete or replace one symbol. An insertion at one of T + 1 places is
 * undone by a deletion at one of T + 1 places, so with equal shares of the three moves the factors 1/(T+1) and 1/T
 * remain in the ratio together with the number of symbols.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import {
  acceptProposals,
  type ChainOptions,
  type ChainResult,
  type ChainState,
  type ProposedBatch,
  runChains,
  type ScoredBatch,
  startInside,
  startKey,
} from './metropolis.ts'
import { logPotential, type Tilt } from './tilt.ts'
import { fineUniforms } from './uniform.ts'

/** The symbols and the greatest length of the sequences. */
export interface EditSpace<S> {
  readonly alphabet: readonly S[]
  readonly maxLength: number
}

/** One edit; `insert` puts a symbol before position `at`. */
type Edit<S> =
  | { readonly kind: 'insert'; readonly at: number; readonly symbol: S }
  | { readonly kind: 'delete'; readonly at: number }
  | { readonly kind: 'replace'; readonly at: number; readonly symbol: S }

/** The sequence after an edit. */
export const applyEdit = <S>(x: readonly S[], edit: Edit<S>): readonly S[] => {
  switch (edit.kind) {
    case 'insert':
      return [...x.slice(0, edit.at), edit.symbol, ...x.slice(edit.at)]
    case 'delete':
      return [...x.slice(0, edit.at), ...x.slice(edit.at + 1)]
    case 'replace':
      return [...x.slice(0, edit.at), edit.symbol, ...x.slice(edit.at + 1)]
  }
}

/** The kinds of edit open to a sequence of length T, each chosen with the same probability. */
const openMoves = (length: number, maxLength: number): readonly Edit<never>['kind'][] => {
  const insert: readonly Edit<never>['kind'][] = length < maxLength ? ['insert'] : []
  const others: readonly Edit<never>['kind'][] = length > 0 ? ['delete', 'replace'] : []
  return [...insert, ...others]
}

/** `log k(edit | sequence of length T)`: one of the open kinds, one of T + 1 or T places, one of V symbols. */
export const logEdit =
  <S>(space: EditSpace<S>) =>
  (length: number, kind: Edit<S>['kind']): number => {
    const places = kind === 'insert' ? length + 1 : length
    const symbols = kind === 'delete' ? 1 : space.alphabet.length
    return -Math.log(openMoves(length, space.maxLength).length) - Math.log(places) - Math.log(symbols)
  }

const OPPOSITE = { insert: 'delete', delete: 'insert', replace: 'replace' } as const
const CHANGE = { insert: 1, delete: -1, replace: 0 } as const

/** `log k(undo) − log k(do)` for an edit of a sequence of length T. */
export const logEditRatio =
  <S>(space: EditSpace<S>) =>
  (length: number, kind: Edit<S>['kind']): number =>
    logEdit(space)(length + CHANGE[kind], OPPOSITE[kind]) - logEdit(space)(length, kind)

/** Every edit of a sequence, for exact kernels. */
export const allEdits =
  <S>(space: EditSpace<S>) =>
  (x: readonly S[]): readonly Edit<S>[] =>
    openMoves(x.length, space.maxLength).flatMap((kind) =>
      Array.from({ length: kind === 'insert' ? x.length + 1 : x.length }, (_, i) => i).flatMap(
        (place): readonly Edit<S>[] =>
          kind === 'delete' ? [{ kind, at: place }] : space.alphabet.map((symbol) => ({ kind, at: place, symbol })),
      ),
    )

const pick = (u: number, n: number): number => Math.min(n - 1, Math.floor(u * n))

/** A random edit of x from three uniforms; undefined when no edit is open (maximum length 0). */
const randomEdit = <S>(space: EditSpace<S>, x: readonly S[], u: Float64Array): Edit<S> | undefined => {
  const moves = openMoves(x.length, space.maxLength)
  const kind = moves[pick(at(u, 0), moves.length)]
  if (kind === undefined) return undefined
  const place = pick(at(u, 1), kind === 'insert' ? x.length + 1 : x.length)
  if (kind === 'delete') return { kind, at: place }
  const [symbol] = space.alphabet.slice(pick(at(u, 2), space.alphabet.length))
  return symbol === undefined ? undefined : { kind, at: place, symbol }
}

interface Edited<S> {
  readonly states: readonly (readonly S[])[]
  readonly logRatios: Float64Array
}

const editAll = <S>(space: EditSpace<S>, key: Key, states: readonly (readonly S[])[]): Edited<S> => {
  const u = fineUniforms(key, 3 * states.length)
  const edits = states.map((x, i) => randomEdit(space, x, u.subarray(3 * i, 3 * i + 3)))
  return {
    states: states.map((x, i) => {
      const edit = edits[i]
      return edit === undefined ? x : applyEdit(x, edit)
    }),
    logRatios: Float64Array.from(edits, (edit, i) =>
      edit === undefined ? 0 : logEditRatio(space)(at(states, i).length, edit.kind),
    ),
  }
}

/**
 * Local Metropolis–Hastings with edits: `log α = log P(x') − log P(x) + log k(x|x') − log k(x'|x)`. The tilt's base must
 * score every sequence up to the maximum length (`-Infinity` where it is 0). Chains start at draws of the base inside the
 * support of P; `Support` where none is found.
 *
 * @example
 * const texts: readonly (readonly string[])[] = [[], ['a'], ['b'], ['a', 'a'], ['a', 'b'], ['b', 'a'], ['b', 'b']]
 * const base = enumerable({ points: texts, probabilities: texts.map(() => 1), name: (x) => x.join('') })
 * const energy = energyOf((x: readonly string[]) => x.filter((s) => s === 'b').length)
 * const chains = localMetropolis(key(1), { alphabet: ['a', 'b'], maxLength: 2 }, { chains: 3, steps: 50 })({ base, energy })
 * const { states } = await run(chains)
 * states.length // => 3
 */
export const localMetropolis =
  <S>(key: Key, space: EditSpace<S>, options: ChainOptions<readonly S[]>) =>
  (tilt: Tilt<readonly S[]>): TE.TaskEither<Failure, ChainResult<readonly S[]>> => {
    const score = logPotential(tilt)
    const propose = (step: number, states: readonly (readonly S[])[]) => {
      const edited = editAll(space, fold(fold(key, step), 0), states)
      return pipe(
        score(edited.states),
        TE.map((scores): ProposedBatch<readonly S[]> => ({ ...edited, scores })),
      )
    }
    const next = (chain: ChainState<readonly S[]>): TE.TaskEither<Failure, ChainState<readonly S[]>> =>
      pipe(
        propose(chain.step + 1, chain.states),
        TE.map((proposed) =>
          acceptProposals(chain, proposed, fineUniforms(fold(fold(key, chain.step + 1), 1), options.chains)),
        ),
      )
    const draw = (round: number): TE.TaskEither<Failure, ScoredBatch<readonly S[]>> =>
      pipe(
        tilt.base.sample(startKey(key, round), options.chains),
        TE.bindTo('states'),
        TE.bind('scores', ({ states }) => score(states)),
      )
    return pipe(startInside(options, draw), TE.chain(runChains(options, next)))
  }
