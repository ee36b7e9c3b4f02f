/** The report of a residual-model run: text, page, figures, sheets. */
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { humanSheets, pairsOf } from '../../lib/report/human-sheets.ts'
import { verdictOf } from '../../lib/report/claims.ts'
import { figuresOf } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { drawDocument } from '../../lib/report/draw.ts'
import { energyChart, energyTraining } from '../../lib/report/residual-charts.ts'
import { promptDocument, residualDocument } from '../../lib/report/residual-document.ts'
import { claimsOf } from '../../lib/report/residual-summary.ts'
import type { ResidualResults, SampleRecord } from '../../lib/systems/residual/results.ts'
import { run } from '../either.ts'
import { drawnWithoutCharts } from './document-example.ts'
import { residualExample } from './residual-example.ts'

const pageOf = (results: ResidualResults): string => htmlOf(drawnWithoutCharts(residualDocument(results)))

const { evaluation: _e, generation: _g, analysis: _a, ...trainedOnly } = residualExample

describe('the text of a run', () => {
  it('has the table with bounds, the measures, the discriminator and the claims', () => {
    const text = textOf(residualDocument(residualExample))
    for (const part of [
      'Joint BiT',
      '12.380 – 12.420',
      '80 of 100',
      '31.8 %',
      '17.8 %',
      'joint UniT',
      '(top 10)',
      'tend to the tilt of the cut base, not to P_joint',
      'that under BALM',
      '0 %, 0 %',
      '0.0100, learned 0.0125',
      '18.400 – 18.600',
      '14.000 exact',
      '0.0690 ± 0.0200',
      'before the position on 100 rows',
      'it ends 0.063 ± 0.031 nats below Algorithm 1 in energy',
      'more often than joint ones from the same proposals by 2.5 % ± 1.5 %',
      '34.3 %',
      'kind & <sweet',
      '0.290 – 0.310',
      '12.300 – 12.700',
    ])
      expect(text).toContain(part)
    expect(text).not.toContain('does not hold')
    expect(pageOf(residualExample)).toContain('mean energy of BiT, nats')
  })

  it('says that nothing was measured when nothing was', () => {
    expect(textOf(residualDocument(trainedOnly))).toContain('nothing has been measured')
    expect(claimsOf(trainedOnly)).toEqual([])
  })

  it('the curve of the energies says what none of them would cost, by the objective and ν of the run', () => {
    const said = (energy: Partial<ResidualResults['options']['energy']>) => {
      const { options } = residualExample
      return energyTraining({ ...residualExample, options: { ...options, energy: { ...options.energy, ...energy } } })
        ?.title.subtitle
    }
    expect(said({ objective: 'nce', ratio: 1 })).toContain('with ν = 1 no discrimination costs 1.386')
    expect(said({ objective: 'nce', ratio: 4 })).toContain('with ν = 4 no discrimination costs 2.502')
    expect(said({ objective: 'importance', ratio: 4 })).toContain('log Z from 4 rows each; the base costs 0')
  })

  it('draws no curve of one evaluation, and says so', () => {
    const once = <F extends { readonly curve: readonly unknown[] }>(fit: F): F => ({
      ...fit,
      curve: fit.curve.slice(0, 1),
    })
    const { fits } = residualExample
    const single = {
      ...residualExample,
      fits: Object.fromEntries(Object.entries(fits).map(([name, fit]) => [name, once(fit)])),
    }
    expect(pageOf(residualExample)).not.toContain('has no curve')
    expect(pageOf(single)).toContain('has no curve')
    expect(energyTraining(residualExample)).toBeDefined()
    expect(energyTraining(single)).toBeUndefined()
  })

  it('the energies of a kind are shares of it, at the middle of their bins', () => {
    const { generation } = residualExample
    if (generation === undefined) throw new Error('the example has generations')
    const { counts } = generation.energies
    const drawn = JSON.stringify(
      energyChart({ ...generation, energies: { ...generation.energies, counts: { ...counts, joint: [0, 0] } } }),
    )
    for (const [series, ...shares] of [
      ['human text', 0.25, 0.75],
      ['base', 0.75, 0.25],
      ['joint', 0, 0],
    ])
      for (const [bin, share] of shares.entries())
        expect(drawn).toMatch(
          new RegExp(`"series":"[^"]*${series}[^"]*","energy":${-0.75 + bin / 2},"share":${share}\\D`, 'iu'),
        )
  })

  it('a claim that does not hold is said not to', () => {
    const { evaluation } = residualExample
    const table = evaluation?.table.map((row) =>
      row.model === 'bit' ? { ...row, perToken: { ...row.perToken, lower: 20, value: 20, upper: 20 } } : row,
    )
    const worse = {
      ...residualExample,
      ...(evaluation === undefined || table === undefined ? {} : { evaluation: { ...evaluation, table } }),
    }
    expect(claimsOf(worse).map(({ holds }) => holds)).toEqual([true, false, false, false, true, true, false, false])
    const lost = {
      ...worse,
      ...(evaluation === undefined
        ? {}
        : {
            evaluation: {
              ...evaluation,
              steps: {
                ...evaluation.steps,
                bit: evaluation.steps.bit.map(({ gain: _, ...step }) => ({ ...step, base: 13 })),
              },
            },
          }),
    }
    expect(claimsOf(lost)[5]).toMatchObject({ verdict: 'does not hold', numbers: '14.000 against 13.000 on 100 rows' })
  })

  it('what was not found, but lies within twice the error of it, cannot be told', () => {
    expect(verdictOf(false, { value: -0.0035, standardError: 0.0056 }, true)).toBe('cannot be told')
    expect(verdictOf(false, { value: 0.0029, standardError: 0.0011 }, false)).toBe('cannot be told')
    expect(verdictOf(false, { value: -0.012, standardError: 0.0056 }, true)).toBe('does not hold')
    expect(verdictOf(false, undefined, true)).toBe('does not hold')
  })

  it('the last step of a few rows is told with its error', () => {
    const { evaluation } = residualExample
    if (evaluation === undefined) throw new Error('the example is whole')
    const last = (gain: { readonly value: number; readonly standardError: number }, base: number) =>
      claimsOf({
        ...residualExample,
        evaluation: {
          ...evaluation,
          steps: { ...evaluation.steps, bit: evaluation.steps.bit.map((step) => ({ ...step, base, gain })) },
        },
      })[5]
    expect(last({ value: 0.069, standardError: 0.05 }, 15)).toMatchObject({
      verdict: 'holds, within twice the error',
      numbers: '14.000 against 15.000 (0.0690 ± 0.0500 nats per token below) on 100 rows',
    })
    expect(last({ value: -0.07, standardError: 0.05 }, 13)).toMatchObject({ verdict: 'cannot be told' })
    expect(last({ value: -0.07, standardError: 0.02 }, 13)).toMatchObject({ verdict: 'does not hold' })
  })

  it('of several sizes of BiT the larger is to be better, and one of a masked model of other text; nothing is then untold', () => {
    const { evaluation } = residualExample
    if (evaluation === undefined) throw new Error('the example is whole')
    const [bit] = evaluation.table.slice(-1)
    if (bit === undefined) throw new Error('the example has a table')
    const at = (model: typeof bit.model, value: number) => ({
      ...bit,
      model,
      perToken: { ...bit.perToken, lower: value, value, upper: value },
    })
    const table = [...evaluation.table, at('bit-base', 13), at('bit-large', 12.9), at('bit-star', 11)]
    const claims = claimsOf({ ...residualExample, evaluation: { ...evaluation, table } })
    expect(claims.slice(4, 7).map(({ claim, holds }) => [claim, holds])).toEqual([
      ['Joint BiT below Joint BiT-Base', true],
      ['Joint BiT-Large below Joint BiT', false],
      ['Joint BiT* below Joint BiT', true],
    ])
    expect(claims.some(({ claim }) => claim.startsWith('a larger BiT'))).toBe(false)
  })

  it('what holds by no more than twice its error, or with log Z in doubt, is said to', () => {
    const { evaluation, analysis } = residualExample
    if (evaluation === undefined || analysis === undefined) throw new Error('the example is whole')
    const [partitions] = evaluation.table.flatMap((row) => row.partitions ?? [])
    const table = evaluation.table.map((row) =>
      row.model === 'unit'
        ? { ...row, ...(partitions === undefined ? {} : { partitions: { ...partitions, reliable: false } }) }
        : row.model === 'bit'
          ? {
              ...row,
              gains: { base: { value: 0.01, standardError: 0.006 }, balm: { value: 0.1, standardError: 0.01 } },
            }
          : row,
    )
    const unsure = { ...analysis, joint: { ...analysis.joint, falsePositiveRate: 0.2 } }
    const claims = claimsOf({ ...residualExample, evaluation: { ...evaluation, table }, analysis: unsure })
    expect(claims.map(({ verdict }) => verdict)).toEqual([
      'holds, with log Z in doubt',
      'holds, within twice the error',
      'holds, with log Z in doubt',
      'holds',
      'holds, within twice the error',
      'holds',
      'cannot be told',
      'cannot be told',
    ])
    expect(claims[1]?.numbers).toContain('(0.0100 ± 0.0060 nats per token below)')
    expect(claims[4]?.numbers).toContain('20.0 % ± 2.0 % against 17.8 %')
    const [told, untold] = [claimsOf(residualExample).slice(0, 6), claimsOf(residualExample).slice(6)]
    expect(told.every(({ verdict }) => verdict === 'holds')).toBe(true)
    expect(untold.map(({ numbers }) => numbers.includes('--'))).toEqual([true, true])
  })

  it('continuations of a prompt', () => {
    const text = textOf(
      promptDocument({
        prompt: 'In the',
        method: 'resampling',
        base: [' end'],
        joint: [' beginning'],
        diagnostics: { effectiveProposals: 3.21 },
      }),
    )
    for (const part of ['"In the"', '" beginning"', 'by resampling', 'effectiveProposals 3.21'])
      expect(text).toContain(part)
  })
})

describe('the page', () => {
  it('escapes text, shows samples side by side, and links to nothing outside', () => {
    const html = pageOf(residualExample)
    expect(html).toContain('a &lt;b&gt;')
    expect(html).toContain('kind &amp; &lt;sweet')
    for (const part of ['from base', 'from unit', 'from bit', '0.330 – 0.350', '0.290 – 0.310', 'learned 0.0125'])
      expect(html).toContain(part)
    expect(html).not.toMatch(/(?:src|href)="http/)
    for (const part of ['Samples', 'Perplexity', 'Generation', 'The slides'])
      expect(pageOf(trainedOnly)).not.toContain(`<h2>${part}`)
  })

  it('draws every figure', { timeout: 30_000 }, async () => {
    const drawn = await run(drawDocument(residualDocument(residualExample)))
    expect(figuresOf(drawn).map(({ name }) => name)).toEqual([
      'perplexity',
      'samples',
      'steps',
      'energies',
      'ngrams',
      'language-training',
      'energy-training',
      'energy-quantiles',
    ])
    expect(htmlOf(drawn).match(/<svg class="on-wide" role="img"/g)).toHaveLength(8)
    expect(figuresOf(residualDocument(trainedOnly)).map(({ name }) => name)).not.toContain('perplexity')
  })

  it('shows twelve samples at most, and the settings but for the folder', () => {
    const html = pageOf(residualExample)
    expect(html).toContain('<th scope="row">chunk prefix</th><td>24</td>')
    expect(html).not.toContain('<th scope="row">out</th>')
    const { generation } = residualExample
    if (generation === undefined) throw new Error('the example is whole')
    const [sample] = generation.samples
    if (sample === undefined) throw new Error('the example has samples')
    const many = Array.from({ length: 20 }, (_, i) => ({ ...sample, prefix: `given ${i}` }))
    const shown = pageOf({ ...residualExample, generation: { ...generation, samples: many } })
    expect(shown).toContain('given 11')
    expect(shown).not.toContain('given 12')
  })
})

describe('sheets for human judges', () => {
  const samples: readonly SampleRecord[] = Array.from({ length: 20 }, (_, i) => ({
    prefix: `p${i}`,
    data: `d${i}`,
    base: `b${i}`,
    unit: `u${i}`,
    bit: `j${i}`,
  }))

  it('every comparison once, sides and order random, and a key that fits', () => {
    const pairs = pairsOf(samples, key(1))
    expect(pairs).toHaveLength(40)
    const names = pairs.map(({ prefix, first, second }) => `${prefix} ${[first.source, second.source].sort().join()}`)
    expect(new Set(names).size).toBe(40)
    const firstIsJoint = pairs.filter(({ first }) => first.source === 'bit').length
    expect(firstIsJoint).toBeGreaterThan(5)
    expect(firstIsJoint).toBeLessThan(35)
    expect(pairs.map(({ prefix }) => prefix)).not.toEqual([...samples, ...samples].map(({ prefix }) => prefix))
    const [sheet, page, answers] = humanSheets(samples, key(1))
    const keyed: unknown = JSON.parse(String(answers?.content))
    expect(keyed).toEqual(pairs.map(({ first, second }, i) => ({ pair: i + 1, A: first.source, B: second.source })))
    expect(String(sheet?.content)).toContain('Answer:')
    expect(String(sheet?.content)).not.toContain('bit')
    expect(String(page?.content)).not.toContain('"bit"')
    expect(String(page?.content).match(/<fieldset>/g)).toHaveLength(40)
    expect(humanSheets(samples, key(1))).toEqual(humanSheets(samples, key(1)))
  })
})
