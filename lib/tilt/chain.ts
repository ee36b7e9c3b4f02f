/**
 * Particle independent Metropolis–Hastings (Andrieu, Doucet and Holenstein 2010): populations as proposals. However small they
 * are, the chain's law is p in the long run; more particles make it move more often.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { effect, fail } from '../effect.ts'
import { fineUniforms } from '../energy/uniform.ts'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { drawTexts, type Tilted } from './result.ts'

/** The chain's texts, one a step, and how often it moved. */
export interface TextChain {
  readonly texts: readonly string[]
  /** Share of the proposals that were accepted. */
  readonly acceptance: number
  readonly bias: 'O(1/steps)'
}

/** Whether a proposal of this log Ẑ replaces a state of that one, at a uniform: with probability min(1, Ẑ'/Ẑ). */
export const accepted = (before: number, proposed: number, u: number): boolean => Math.log(u) < proposed - before

/**
 * Runs a chain of so many steps. `sampler` makes a population from a key (`smc`, `masking` or another, applied to a target),
 * of which one text is drawn by its weights. A population that died is a proposal of weight 0; `Support` when the first ones
 * all do.
 */
export const particleChain =
  (key: Key, steps: number) =>
  (sampler: (key: Key) => TE.TaskEither<Failure, Tilted>): TE.TaskEither<Failure, TextChain> =>
    effect(async (): Promise<TextChain> => {
      if (!Number.isInteger(steps) || steps < 1)
        fail(failure('Domain', `a chain of ${steps} steps`, 'give a whole number from 1', { steps }))
      const texts: string[] = []
      let state: { readonly text: string; readonly log: number } | undefined
      let moves = 0
      const uniforms = fineUniforms(fold(key, 0), steps)
      for (let i = 0; i < steps; i++) {
        const own = fold(fold(key, 1), i)
        const found = await sampler(fold(own, 0))()
        if (found._tag === 'Left' && found.left.tag !== 'Support') fail(found.left)
        if (found._tag === 'Left' && state === undefined && i === steps - 1) fail(found.left)
        if (found._tag === 'Right') {
          const log = found.right.logPartition.value
          if (state === undefined || accepted(state.log, log, at(uniforms, i))) {
            state = { text: at(drawTexts(fold(own, 1), 1)(found.right), 0), log }
            moves += 1
          }
        }
        if (state !== undefined) texts.push(state.text)
      }
      return { texts, acceptance: moves / steps, bias: 'O(1/steps)' }
    })
