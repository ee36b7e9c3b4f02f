/** Gibbs with gradients: its kernel over all rows of a small space, and the chains against it. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { fineUniforms } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { transitionsOf } from '../../lib/laws/choices.ts'
import { kernelLaws } from '../../lib/laws/kernel.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import {
  afterMove,
  gradientChains,
  type GradientPoint,
  type GradientTarget,
  logMoveRatio,
  logMoves,
} from '../../lib/models/gradient-chain.ts'
import { input } from '../../lib/ops/layout.ts'
import { add, multiply } from '../../lib/ops/pointwise.ts'
import { square } from '../../lib/ops/elementary.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { left, run } from '../either.ts'

const [LENGTH, SYMBOLS] = [3, 3]

const field = Float64Array.of(0.2, -0.5, 1, 0.1, 0.7, -0.3, -1.1, 0.4, 0.3)

/** A field, and the square of a weighted count: the gradient of a row says not all of what a change does. */
const target: GradientTarget = {
  executor: reference,
  length: LENGTH,
  symbols: SYMBOLS,
  energy: (rows, { time, symbol }) =>
    add(
      sum(symbol)(sum(time)(multiply(rows, input('field', time, symbol)))),
      square(sum(symbol)(multiply(sum(time)(rows), input('charge', symbol)))),
    ),
  feeds: {
    field,
    charge: Float64Array.of(0.8, -0.6, 0.2),
  },
}

const rows = Array.from({ length: SYMBOLS ** LENGTH }, (_, i) => [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3])
const placeOf = (tokens: readonly number[]): number => tokens.reduce((n, token) => SYMBOLS * n + token, 0)

/** Every row with its energy and slopes: chains that have made no step. */
const everyPoint = async (): Promise<readonly GradientPoint[]> =>
  (await run(gradientChains(key(1), { chains: rows.length, steps: 0, start: rows })(target))).states

const kernelOf = (points: readonly GradientPoint[]) =>
  transitionsOf(
    points.map((_, i) => i),
    (i: number, choose): number => {
      const from = at(points, i)
      const move = choose(Array.from(logMoves(from), Math.exp))
      const to = at(points, placeOf(afterMove(from, move)))
      const accept = Math.min(1, Math.exp(to.score - from.score + logMoveRatio(from, to, move)))
      return choose([accept, 1 - accept]) === 0 ? placeOf(to.tokens) : i
    },
  )

describe('Gibbs with gradients', () => {
  it('S21 keeps the law of the energy: rows sum to 1, πT = π, detailed balance, all rows in reach', async () => {
    const points = await everyPoint()
    const kernel = kernelOf(points)
    const logWeights = points.map(({ score }) => score)
    expect(await complaintsOf(kernelLaws({ kernel, logWeights }))).toEqual([])
    expect(new Set(logWeights.map((log) => log.toFixed(6))).size).toBeGreaterThan(20)
  })

  it('S21 chains follow the kernel draw by draw: from rows drawn uniformly, each step by its own uniforms', async () => {
    const points = await everyPoint()
    const [chains, steps] = [50, 6]
    const first = fineUniforms(fold(key(8), 0), chains * LENGTH)
    let wanted = Array.from({ length: chains }, (_, i) =>
      Array.from({ length: LENGTH }, (_unused, t) => Math.floor(SYMBOLS * at(first, LENGTH * i + t))),
    )
    const accepted = new Float64Array(chains)
    for (let step = 0; step < steps; step++) {
      const own = fold(fold(key(8), 1), step)
      const [choice, acceptance] = [0, 1].map((child) => fineUniforms(fold(own, child), chains))
      wanted = wanted.map((tokens, i) => {
        const from = at(points, placeOf(tokens))
        const law = Array.from(logMoves(from), Math.exp)
        let [move, below] = [0, at(law, 0)]
        while (at(choice ?? [], i) >= below) below += at(law, ++move)
        const to = at(points, placeOf(afterMove(from, move)))
        const taken = Math.log(at(acceptance ?? [], i)) < to.score - from.score + logMoveRatio(from, to, move)
        accepted[i] = at(accepted, i) + Number(taken) / steps
        return taken ? [...to.tokens] : tokens
      })
    }
    const found = await run(gradientChains(key(8), { chains, steps })(target))
    expect(found.states.map(({ tokens }) => tokens)).toEqual(wanted)
    found.acceptanceByChain.forEach((rate, i) => expect(rate).toBeCloseTo(at(accepted, i), 12))
    expect(new Set(wanted.map(placeOf)).size).toBeGreaterThan(9)
  })

  it('proposes by the energy where that is linear in the row: every change is accepted nearly always', async () => {
    const linear: GradientTarget = {
      ...target,
      energy: (own, { time, symbol }) => sum(symbol)(sum(time)(multiply(own, input('field', time, symbol)))),
      feeds: { field },
    }
    const { acceptance } = await run(gradientChains(key(2), { chains: 400, steps: 10 })(linear))
    expect(acceptance.value).toBeGreaterThan(0.75)
  })

  it('is the same for the same key, and refuses sizes that are none and starts outside the support', async () => {
    const options = { chains: 5, steps: 4 }
    const rowsOf = async (own: number) =>
      (await run(gradientChains(key(own), options)(target))).states.map(({ tokens }) => tokens)
    expect(await rowsOf(3)).toEqual(await rowsOf(3))
    expect(await rowsOf(3)).not.toEqual(await rowsOf(4))
    const refused = async (wrong: Partial<GradientTarget>, chains = 2): Promise<string> =>
      left(await gradientChains(key(1), { chains, steps: 1 })({ ...target, ...wrong })()).tag
    expect(await refused({ length: 0 })).toBe('Domain')
    expect(await refused({ symbols: 1 })).toBe('Domain')
    expect(await refused({}, 0)).toBe('Domain')
    expect(
      await refused({ feeds: { ...target.feeds, charge: Float64Array.of(1, 1, 1).fill(Number.POSITIVE_INFINITY) } }),
    ).toBe('NonFinite')
  })
})
