/**
 * Are generations from P_joint harder to tell from human text? (Bakhtin et al. 2021; the slides: a false-positive rate of
 * 31.8 % against 17.8 %.) A fresh discriminator is trained on human rows against machine rows, of which half are the
 * base's and half P_joint's, so that it has seen either kind equally; it is then tried on the generated test rows.
 */
import { takeRows, type TokenRows } from '../../data/strings.ts'
import { fitOf, keyOf, measuredPhase, type ResidualRun } from './context.ts'
import { fitEnergy } from './energy-fits.ts'
import { continueRows, generatedRows } from './generation.ts'
import { humanMoreOften, judge } from './measures.ts'
import { type EnergyOptions, rowLength } from './options.ts'
import type { Pool } from './pool.ts'
import { joinRows } from './sequence.ts'
import { windows } from './text.ts'

/** Rows of two tables in turn, beginning with the first, of which there may be one more. */
export const alternating = (even: TokenRows, odd: TokenRows): TokenRows =>
  takeRows(
    joinRows([even, odd], even.time),
    Int32Array.from({ length: even.count + odd.count }, (_, i) => (i % 2 === 0 ? 0 : even.count) + (i >> 1)),
  )

const everyOther = (rows: TokenRows, from: 0 | 1): TokenRows =>
  takeRows(
    rows,
    Int32Array.from({ length: (rows.count + 1 - from) >> 1 }, (_, i) => 2 * i + from),
  )

const poolFor = async (residual: ResidualRun, data: TokenRows): Promise<Pool> => {
  const { analysis, generation } = residual.options
  const settings = { proposals: analysis.proposals, topK: generation.topK, stream: 'analysis' } as const
  const label = 'sampling for the discriminator'
  const joint = await continueRows(residual, label, everyOther(data, 1), settings)
  const alone = { ...settings, proposals: 1, stream: 'analysisBase' } as const
  const base = await continueRows(residual, label, everyOther(data, 0), alone)
  return { data, noise: alternating(base.bit.base, joint.bit.joint) }
}

/** Rows of the pool that validate the discriminator: an eighth. */
const divided = ({ data, noise }: Pool): { readonly training: Pool; readonly validation: Pool } => {
  const held = Math.max(1, Math.floor(data.count / 8))
  const rows = (from: number, to: number): Int32Array => Int32Array.from({ length: to - from }, (_, i) => from + i)
  const part = (which: Int32Array): Pool => ({ data: takeRows(data, which), noise: takeRows(noise, which) })
  return { training: part(rows(held, data.count)), validation: part(rows(0, held)) }
}

const settingsOf = ({ options }: ResidualRun): EnergyOptions => {
  const { energy, analysis } = options
  const evaluateEvery = Math.max(1, Math.ceil(analysis.steps / 6))
  const plain = { objective: 'nce', ratio: 1, penalty: 0, logNormaliser: false } as const
  return { ...energy, ...plain, steps: analysis.steps, evaluateEvery }
}

/** Trains the discriminator and tries it on the generated rows. */
export const analyse = (residual: ResidualRun): Promise<void> =>
  measuredPhase(residual, 'analysis', [residual.options.analysis, residual.options.generation], async () => {
    const { run, options, text, runtimes } = residual
    const human = windows(text.training, rowLength(options), keyOf(options, 'analysis'), options.analysis.rows)
    const pool = divided(await poolFor(residual, human))
    await fitEnergy(residual, {
      name: 'discriminator',
      label: 'the fresh discriminator',
      runtime: runtimes.discriminator,
      key: keyOf(options, 'discriminator'),
      settings: settingsOf(residual),
      ...pool,
    })
    const rows = await generatedRows(residual)
    const fit = fitOf(residual, 'discriminator')
    const energy = runtimes.discriminator.energy(fit.best)
    const [data, base, joint, chain] = [
      await run(energy(rows.data)),
      await run(energy(rows.base)),
      await run(energy(rows.bit)),
      await run(energy(rows.chain)),
    ]
    residual.update((s) => ({
      ...s,
      analysis: {
        rows: human.count,
        base: judge(data, base),
        joint: judge(data, joint),
        metropolis: { ...judge(data, chain), moreOften: humanMoreOften(chain, joint) },
        curve: fit.curve,
      },
    }))
  })
