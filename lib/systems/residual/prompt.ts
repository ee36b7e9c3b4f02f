/**
 * Continuing a text of one's own: samples of the base and of P_joint, by any of the samplers, with their diagnostics. All of
 * them take the same tilt; only what "sample" means differs.
 *
 * `resampling` is Algorithm 1. `rejection` needs an envelope: the largest weight of a pilot, raised by a factor e; it
 * fails in so many words when a weight exceeds it. `quasi` accepts with that envelope lowered to the pilot's 99 % quantile
 * and says how far from P_joint that is. `metropolis` runs chains of independent proposals.
 */
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { fail } from '../../effect.ts'
import {
  given,
  importance,
  independentMetropolis,
  meanEstimate,
  quasiRejection,
  rejection,
  type Tilt,
} from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import { fold, type Key } from '../../key.ts'
import { mean } from '../../math.ts'
import type { Decoding } from '../../models/decoding.ts'
import type { Tokenizer } from '../../data/tokenizer.ts'
import { unknownName } from '../../names.ts'
import { type ChunkOptions, type SamplerName, samplerNames } from './options.ts'
import { prefixTilt, repeatedRows, rowAt, rowEnergies, rowsOf, type SequenceTilt } from './sequence.ts'
import { weighPrefixes } from './weighing.ts'

/** How to sample: how many, from how many proposals each (steps of a chain, trials), and how they are decoded. */
export interface SamplerOptions {
  readonly key: Key
  readonly method: SamplerName
  readonly count: number
  readonly proposals: number
  readonly decoding?: Decoding
}

/** Samples of P_joint given one prefix, and what the sampler says about them. */
export interface Sampled {
  readonly rows: readonly Int32Array[]
  readonly diagnostics: Readonly<Record<string, number>>
}

/** The most trials that rejection may cost, per wanted sample and proposal. */
const PATIENCE = 50

type RowTilt = Tilt<Int32Array>

/** What is sampled from: the model, the tokens that are given, and its law of rows that begin with them. */
interface Given {
  readonly tilt: SequenceTilt
  readonly prefix: Int32Array
  readonly rows: RowTilt
}

type PromptSampler = (options: SamplerOptions, given: Given) => TaskEither<Failure, Sampled>

const pilotQuantile =
  (key: Key, proposals: number, share: number) =>
  (tilt: RowTilt): TaskEither<Failure, number> =>
    pipe(
      tilt,
      importance(key, Math.max(proposals, 32)),
      TE.map(({ logWeights }) => {
        const sorted = logWeights.slice().sort()
        return at(sorted, Math.min(sorted.length - 1, Math.floor(share * sorted.length)))
      }),
    )

/** Proposals that are drawn and weighed at once. */
const AT_ONCE = 256

const byResampling: PromptSampler = ({ key, count, proposals, decoding }, { tilt, prefix }) =>
  pipe(
    repeatedRows(rowsOf([prefix], prefix.length), count, 0, count),
    weighPrefixes(tilt, {
      key,
      samples: proposals,
      batch: AT_ONCE,
      ...(decoding === undefined ? {} : { decoding }),
    }),
    TE.map(({ joint, partitions }) => ({
      rows: Array.from({ length: joint.count }, (_, i) => rowAt(joint, i)),
      diagnostics: {
        proposalsEach: proposals,
        effectiveProposals: mean(partitions.map(({ effectiveSampleSize }) => effectiveSampleSize)),
      },
    })),
  )

const byRejection: PromptSampler = ({ key, count, proposals }, { rows }) =>
  pipe(
    rows,
    pilotQuantile(fold(key, 0), proposals, 1),
    TE.chain((highest) =>
      rejection(fold(key, 1), {
        target: count,
        budget: PATIENCE * count * proposals,
        batch: Math.max(proposals, 32),
        logEnvelope: highest + 1,
      })(rows),
    ),
    TE.map(({ samples, acceptance, logPartition, logPartitionError }) => ({
      rows: samples,
      diagnostics: { acceptance: acceptance.value, logPartition, logPartitionError },
    })),
  )

const byQuasi: PromptSampler = ({ key, count, proposals }, { rows }) =>
  pipe(
    rows,
    pilotQuantile(fold(key, 0), proposals, 0.99),
    TE.chain((logEnvelope) => quasiRejection(fold(key, 1), { trials: count * proposals, logEnvelope })(rows)),
    TE.map(({ samples, acceptance, totalVariation, totalVariationBound }) => ({
      rows: samples.slice(0, count),
      diagnostics: {
        acceptance: acceptance.value,
        totalVariation: totalVariation.value,
        totalVariationBound: totalVariationBound.value,
      },
    })),
  )

const byMetropolis: PromptSampler = ({ key, count, proposals }, { rows }) =>
  pipe(
    rows,
    independentMetropolis<Int32Array>(key, { chains: count, steps: proposals }),
    TE.map(({ states, acceptance }) => ({
      rows: states,
      diagnostics: { acceptance: acceptance.value, steps: proposals },
    })),
  )

const samplers: Readonly<Record<SamplerName, PromptSampler>> = {
  resampling: byResampling,
  rejection: byRejection,
  quasi: byQuasi,
  metropolis: byMetropolis,
}

/** The samples with their mean energy, and its standard error, among the diagnostics: the lower, the nearer to P_joint a sampler has come. */
const withEnergy =
  ({ base, energy }: SequenceTilt) =>
  (found: Sampled): TaskEither<Failure, Sampled> =>
    found.rows.length === 0
      ? TE.right(found)
      : pipe(
          rowEnergies(energy, rowsOf(found.rows, base.length)),
          TE.map((energies) => meanEstimate(energies)),
          TE.map(({ value, standardError }) => ({
            ...found,
            diagnostics: { ...found.diagnostics, energy: value, energyError: standardError },
          })),
        )

/**
 * Draws from P_joint given a prefix; `Domain` for no sample or no proposal.
 *
 * @example
 * import { key, languageRuntime, reference, run, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const draw = samplePrefix(residual.untilted(base), { key: key(2), method: 'resampling', count: 4, proposals: 8 })
 * const { rows } = await run(draw(Int32Array.of(1)))
 * rows.length // => 4
 */
export const samplePrefix =
  (tilt: SequenceTilt, options: SamplerOptions) =>
  (prefix: Int32Array): TaskEither<Failure, Sampled> => {
    const { count, proposals, method, decoding } = options
    const unknown = unknownName({ method: [method, samplerNames] })
    if (unknown !== undefined) return TE.left(unknown)
    const wrong = [count, proposals].find((n) => !Number.isInteger(n) || n < 1)
    return wrong === undefined
      ? pipe(
          samplers[method](options, { tilt, prefix, rows: given(prefix)(prefixTilt(tilt, decoding)) }),
          TE.chain(withEnergy(tilt)),
        )
      : TE.left(
          failure('Domain', `${count} samples from ${proposals} proposals each`, 'ask for at least one of both', {
            count,
            proposals,
          }),
        )
  }

/**
 * A text as a prefix: its tokens, after ends of documents where it is shorter than the prefix that the model was trained
 * with. `Usage` when it is longer than the context leaves room for.
 */
export const promptTokens = (tokenizer: Tokenizer, { prefix, modelled }: ChunkOptions, text: string): Int32Array => {
  const tokens = tokenizer.encode(text)
  const context = prefix + modelled
  if (tokens.length >= context)
    fail(
      failure(
        'Usage',
        `--prompt has ${tokens.length} tokens, and the context of the model is ${context}`,
        `give at most ${context - 1} tokens`,
        { tokens: tokens.length, context },
      ),
    )
  const filled = new Int32Array(Math.max(prefix, tokens.length)).fill(tokenizer.end)
  filled.set(tokens, filled.length - tokens.length)
  return filled
}
