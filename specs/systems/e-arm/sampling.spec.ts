/** Scheduled sampling in two passes, and energy re-sampling against its exact law. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { exactTotalVariation, resamplingLaw } from '../../../lib/energy/index.ts'
import { categorical } from '../../../lib/energy/uniform.ts'
import type { Expr, Scalar } from '../../../lib/expr.ts'
import { ExptiltError } from '../../../lib/errors.ts'
import { gradient } from '../../../lib/grad.ts'
import { fold, key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { logSumExp, softmax, sum } from '../../../lib/math.ts'
import { keepAll } from '../../../lib/models/autoregressive.ts'
import { parameterInputs, prefixed } from '../../../lib/models/parameters.ts'
import { everyRow, tableModel } from '../../../lib/models/table-model.ts'
import { inputOf, literalIntegers } from '../../../lib/ops/layout.ts'
import { constant } from '../../../lib/ops/pointwise.ts'
import { inputKey } from '../../../lib/ops/random.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { crossEntropyOf } from '../../../lib/systems/e-arm/cross-entropy.ts'
import { eArmLoss } from '../../../lib/systems/e-arm/objective.ts'
import { candidateScores, lastToken, resampleCandidates } from '../../../lib/systems/e-arm/resample.ts'
import { endMask, type MaskedRows, tokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { mixedTokens, mixingAt, scheduledRows, secondPass } from '../../../lib/systems/e-arm/scheduled-sampling.ts'
import { left, right, run } from '../../either.ts'
import { chiSquareDesign, standard } from '../../../lib/laws/statistics.ts'
import { countsOf } from '../../../lib/laws/space.ts'
import {
  exactLogJoint,
  logitsAt,
  logPrefix,
  scoredRows,
  stringProbabilities,
  stringsOf,
  tableOf,
  valuesAt,
} from './table.ts'
import { declared } from '../../../lib/phantom.ts'

const model = tableModel({ symbols: 3, length: 4 })
const parameters = parameterInputs(model.parameters)
const values = prefixed('parameter/', model.initialise(key(3)))
const all = everyRow({ symbols: 3, length: 4 })
const tokens = inputOf('i32')('tokens', axis('batch', all.count), axis('time', 4))
const rows: MaskedRows = { tokens, mask: endMask(9)(tokens) }
const scored = { ...rows, logits: model.forward(parameters, tokens, keepAll).logits }
const feeds = { ...values, tokens: all.tokens }
const step = { key: inputKey('key'), prediction: 'argmax' } as const
const keyed = (seed: number) => ({ ...feeds, key: Uint32Array.from(fold(key(5), seed)) })

const scalarOf = (x: Expr): Scalar => declared(x)

describe('scheduled sampling', () => {
  it('with probability 0 reads the true rows, with 1 the predictions of the first pass', async () => {
    const mixed = (p: number) => mixedTokens({ ...step, mixing: constant(p) })(scored)
    const none = await run(evaluateOn(reference)({ x: mixed(0), logits: scored.logits }, keyed(0)))
    const whole = await run(evaluateOn(reference)({ x: mixed(1), logits: scored.logits }, keyed(0)))
    expect(none.x?.data).toEqual(all.tokens)
    const logits = whole.logits?.data ?? []
    const best = Int32Array.from({ length: all.tokens.length }, (_, i) => {
      const own = [0, 1, 2].map((v) => at(logits, 3 * i + v))
      return own.indexOf(Math.max(...own))
    })
    expect(whole.x?.data).toEqual(best)
  })

  it('with probability 0 its loss and gradient are those of plain training, to the last bit', async () => {
    const network: Expr = parameters['logits'] ?? constant(0)
    const slopeOf = async (second: typeof scored) => {
      const loss = crossEntropyOf(0)(second)
      const { slope } = gradient(loss, { slope: scalarOf(network) })
      const { loss: value, slope: found } = await run(evaluateOn(reference)({ loss, slope, k: step.key }, keyed(1)))
      return [value?.data, found?.data]
    }
    expect(await slopeOf(scheduledRows(model, { ...step, mixing: constant(0) })(parameters, rows))).toEqual(
      await slopeOf(scored),
    )
  })

  it('replaces about that share of the tokens (χ², α = 1e-9) and draws with `sample` from the model', async () => {
    const half = { key: step.key, prediction: 'sample', mixing: constant(1) } as const
    const drawn: number[] = []
    for (let i = 0; i < 12; i++) {
      const { x } = await run(evaluateOn(reference)({ x: mixedTokens(half)(scored) }, keyed(i)))
      for (let r = 0; r < all.count; r++) drawn.push(at(x?.data ?? [], 4 * r))
    }
    const first = softmax(Float64Array.from((values['parameter/logits'] ?? new Float32Array(3)).subarray(0, 3)))
    // 972 draws of the first token: six standard errors of a share are at most .1.
    first.forEach((p, v) =>
      expect(Math.abs(drawn.filter((x) => x === v).length / drawn.length - p)).toBeLessThan(6 * Math.sqrt(0.25 / 972)),
    )
  })

  it('leaves the energy objective on the true rows, and replaces the cross-entropy', async () => {
    const options = { lambda: 0.3, window: 2, squaredLogSumExp: 0, labelSmoothing: 0 }
    const teacher = secondPass(model, { ...step, mixing: constant(1) })
    const with2 = eArmLoss(model, options)(parameters, rows, rows, keepAll, teacher)
    const plain = eArmLoss(model, options)(parameters, rows, rows)
    const named = {
      a: with2.energy?.energy ?? constant(0),
      b: plain.energy?.energy ?? constant(1),
      c: with2.crossEntropy,
      d: plain.crossEntropy,
    }
    const out = await run(evaluateOn(reference)(named, keyed(2)))
    expect(out.a?.data).toEqual(out.b?.data)
    expect(out.c?.data).not.toEqual(out.d?.data)
  })

  it('the three decays fall from 1 as they are drawn by Bengio et al.', () => {
    const steps = [0, 1, 10, 100]
    expect(steps.map((i) => mixingAt({ kind: 'linear', slope: 0.05, least: 0.25 }, i))).toEqual([
      0,
      1 - 0.95,
      0.5,
      0.75,
    ])
    expect(mixingAt({ kind: 'exponential', base: 0.9 }, 2)).toBeCloseTo(0.19, 12)
    expect(mixingAt({ kind: 'inverse-sigmoid', scale: 10 }, 0)).toBeCloseTo(1 / 11, 12)
    expect(mixingAt({ kind: 'inverse-sigmoid', scale: 10 }, 1e9)).toBe(1)
    for (const wrong of [
      { kind: 'linear', slope: -1, least: 0 },
      { kind: 'exponential', base: 1 },
      { kind: 'inverse-sigmoid', scale: 0 },
    ] as const)
      expect(() => mixingAt(wrong, 1)).toThrow(ExptiltError)
  })
})

describe('energy re-sampling', () => {
  const options = (candidates: number) => ({ candidates, choice: 'draw' }) as const

  it('E22: gives one of the candidates; K = 0 and K = 1 give the first; the best is the best', () => {
    const scores = Float64Array.of(0, 5, 1, 7, 2, 3)
    expect(right(resampleCandidates(key(1), options(0))(scores, 3))).toEqual(Int32Array.of(0, 3))
    expect(right(resampleCandidates(key(1), options(1))(scores, 3))).toEqual(Int32Array.of(0, 3))
    expect(right(resampleCandidates(key(1), { candidates: 3, choice: 'best' })(scores, 3))).toEqual(Int32Array.of(1, 3))
    // Of equals the first.
    const equals = Float64Array.of(1, 2, 2)
    expect(right(resampleCandidates(key(1), { candidates: 3, choice: 'best' })(equals, 3))).toEqual(Int32Array.of(1))
    for (let seed = 0; seed < 50; seed++) {
      const taken = right(resampleCandidates(key(seed), options(3))(scores, 3))
      expect([at(taken, 0) < 3, at(taken, 1) >= 3 && at(taken, 1) < 6]).toEqual([true, true])
    }
    expect(left(resampleCandidates(key(1), options(4))(scores, 3)).tag).toBe('Shape')
    expect(left(resampleCandidates(key(1), options(2))(scores, 4)).tag).toBe('Shape')
  })

  it('E22: follows the exact law over n = 4 candidates, that of R14 (χ², α = 1e-9, TV .04), in any order', () => {
    const base = Float64Array.of(0.5, 0.3, 0.2)
    const logs = Float64Array.of(0, 2, -1)
    const law = resamplingLaw(base, logs, 4)
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.04 }, 3)
    const candidates = categorical(key(7), base, 4 * design.n)
    const drawnIn = (order: readonly number[], seed: number): readonly number[] => {
      const placed = Int32Array.from(candidates, (_, i) => at(candidates, i - (i % 4) + at(order, i % 4)))
      const taken = right(
        resampleCandidates(key(seed), options(4))(
          Float64Array.from(placed, (x) => at(logs, x)),
          4,
        ),
      )
      return Array.from(taken, (i) => at(placed, i))
    }
    for (const [order, seed] of [
      [[0, 1, 2, 3], 8],
      [[3, 1, 0, 2], 9],
    ] as const)
      expect(design.check(countsOf(drawnIn(order, seed), 3), law).complaints).toEqual([])
    expect(design.check(countsOf(drawnIn([0, 1, 2, 3], 8), 3), base).passed).toBe(false)
  })

  it('scores by the logit of the last token (the paper) or by the logsumexp of its step', async () => {
    const table = tableOf(3, 3, 1, 4)
    const terms = tokenTerms(scoredRows(table, stringsOf(table)))
    const value = await valuesAt(table, {
      logit: candidateScores('logit')(terms),
      lse: candidateScores('logsumexp')(terms),
    })
    stringsOf(table).forEach((s, r) => {
      expect(at(value('logit'), r)).toBe(at(logitsAt(table, s.slice(0, 2)), s[2] ?? 0))
      expect(at(value('lse'), r)).toBeCloseTo(logSumExp(logitsAt(table, s.slice(0, 2))), 12)
    })
  })

  it('only e^{LSE} turns draws of the model into the joint p_θ: q·e^{LSE}/Z = p_θ, and the paper’s weight does not', () => {
    const table = tableOf(3, 3, 1, 4)
    const joint = stringsOf(table).map((s) => Math.exp(exactLogJoint(table, s)))
    const tilted = (score: (s: readonly number[]) => number) => {
      const logs = stringsOf(table).map((s) => logPrefix(table, s) + score(s))
      return softmax(logs)
    }
    const exactly = tilted((s) => logSumExp(logitsAt(table, s.slice(0, 2))))
    const paper = tilted((s) => at(logitsAt(table, s.slice(0, 2)), s[2] ?? 0))
    expect(exactTotalVariation(exactly, joint)).toBeLessThan(1e-12)
    expect(exactTotalVariation(paper, joint)).toBeGreaterThan(0.05)
    expect(sum(stringProbabilities(table))).toBeCloseTo(1, 12)
  })

  it('the last token is the last that counts', async () => {
    const ended = literalIntegers(Int32Array.of(0, 2, 1, 1, 1, 1, 2, 0, 0), axis('batch', 3), axis('time', 3))
    const out = await run(evaluateOn(reference)({ last: lastToken(endMask(2)(ended)) }))
    expect(Array.from(out.last?.data ?? [])).toEqual([0, 1, 0, 0, 0, 1, 1, 0, 0])
  })
})
