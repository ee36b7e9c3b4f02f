/**
 * Particle independent Metropolis–Hastings (Andrieu, Doucet and Holenstein 2010): populations as proposals. However small they
 * are, the chain's law is p in the long run; more particles make it move more often.
 */
import type * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { effect, fail, need } from '../effect.ts'
import { fineUniforms } from '../energy/uniform.ts'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { logMeanExp } from '../math.ts'
import { drawAncestors } from './chance.ts'
import { resultOf, type Tilted } from './result.ts'

/** The chain's texts, one a step, and how often it moved. */
export interface TextChain {
  readonly texts: readonly string[]
  /** The same as weighted texts, one for each time that it moved; log Z is of all proposals. */
  readonly found: Tilted
  /** Share of the proposals that were accepted. */
  readonly acceptance: number
  readonly bias: 'O(1/steps)'
}

/** A text at which the chain stands: the log Ẑ of its population, the step of that, and for how many steps it stays. */
interface Visit {
  readonly text: string
  readonly tokens: readonly number[]
  readonly log: number
  readonly step: number
  readonly stay: number
}

const drawn = (key: Key, { texts, tokens, weights }: Tilted): Pick<Visit, 'text' | 'tokens'> => {
  const i = at(drawAncestors('stratified')(key, weights, 1), 0)
  return { text: at(texts, i), tokens: at(tokens, i) }
}

/** The chain's texts with the shares of its time as their weights. */
const populationOf = (visits: readonly Visit[], logs: Float64Array): E.Either<Failure, Tilted> => {
  const total = visits.reduce((n, { stay }) => n + stay, 0)
  const logZ = logMeanExp(logs)
  return resultOf({
    sampler: 'chain',
    texts: visits.map(({ text }) => text),
    tokens: visits.map(({ tokens }) => tokens),
    logWeights: Float64Array.from(visits, ({ stay }) => logZ + Math.log(stay / total)),
    origins: Int32Array.from(visits, ({ step }) => step),
    islands: Int32Array.from(visits, ({ step }) => step),
    steps: [],
    deaths: [],
    partitions: logs,
    independent: true,
  })
}

/** Whether a proposal of this log Ẑ replaces a state of that one, at a uniform: with probability min(1, Ẑ'/Ẑ). */
export const accepted = (before: number, proposed: number, u: number): boolean => Math.log(u) < proposed - before

/**
 * Runs a chain of so many steps. `sampler` makes a population from a key (`smc`, `masking` or another, applied to a target),
 * of which one text is drawn by its weights. A population that died is a proposal of weight 0; `Support` when the first ones
 * all do.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const target = { model, constraint: right(containingAll(['aa'])), limit: 8 }
 * const { texts } = await run(particleChain(key(1), 5)((own) => smc(own, { particles: 20 })(target)))
 * texts.length // => 5
 */
export const particleChain =
  (key: Key, steps: number) =>
  (sampler: (key: Key) => TE.TaskEither<Failure, Tilted>): TE.TaskEither<Failure, TextChain> =>
    effect(async (): Promise<TextChain> => {
      if (!Number.isInteger(steps) || steps < 1)
        fail(failure('Domain', `a chain of ${steps} steps`, 'give a whole number from 1', { steps }))
      const visits: Visit[] = []
      const logs = new Float64Array(steps).fill(Number.NEGATIVE_INFINITY)
      const uniforms = fineUniforms(fold(key, 0), steps)
      for (let i = 0; i < steps; i++) {
        const own = fold(fold(key, 1), i)
        const found = await sampler(fold(own, 0))()
        if (found._tag === 'Left' && found.left.tag !== 'Support') fail(found.left)
        const last = visits.at(-1)
        if (found._tag === 'Left' && last === undefined && i === steps - 1) fail(found.left)
        if (found._tag === 'Right') {
          const log = found.right.logPartition.value
          logs[i] = log
          if (last === undefined || accepted(last.log, log, at(uniforms, i)))
            visits.push({ ...drawn(fold(own, 1), found.right), log, step: i, stay: 0 })
        }
        const now = visits.pop()
        if (now !== undefined) visits.push({ ...now, stay: now.stay + 1 })
      }
      return {
        texts: visits.flatMap(({ text, stay }) => Array.from({ length: stay }, () => text)),
        found: need(populationOf(visits, logs)),
        acceptance: visits.length / steps,
        bias: 'O(1/steps)',
      }
    })
