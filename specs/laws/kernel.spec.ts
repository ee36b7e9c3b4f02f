/** Laws of kernels: the library's own keep them, and each law sees the bugs that it is for. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { independentKernel } from '../../lib/energy/metropolis.ts'
import { fineUniforms } from '../../lib/energy/uniform.ts'
import { type Choose, transitionsOf } from '../../lib/laws/choices.ts'
import { chainLaws, kernelLaws } from '../../lib/laws/kernel.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { identity, matrix } from '../../lib/linear.ts'
import { keepsLaws } from './kept.ts'

const logWeights = [0, 1, -0.5, 2]
const points = [0, 1, 2, 3]

/** Proposes a neighbour on a line; at its ends there is one, elsewhere two. `ratio`: whether the proposal counts. */
const local =
  (ratio: boolean) =>
  (x: number, choose: Choose): number => {
    const neighbours = (y: number): readonly number[] => [y - 1, y + 1].filter((z) => points.includes(z))
    const own = neighbours(x)
    const to = at(own, choose(own.map(() => 1 / own.length)))
    const proposals = ratio ? own.length / neighbours(to).length : 1
    const accept = Math.min(1, Math.exp(at(logWeights, to) - at(logWeights, x)) * proposals)
    return choose([accept, 1 - accept]) === 0 ? to : x
  }

/** A step of many chains by a key. */
const chained =
  (accept: (from: number, to: number) => number) =>
  (...[key, states]: Parameters<Parameters<typeof chainLaws<number>>[0]['step']>) => {
    const u = fineUniforms(key, 2 * states.length)
    return TE.right(
      states.map((x, i) => {
        const to = Math.floor(4 * at(u, 2 * i))
        return at(u, 2 * i + 1) < accept(x, to) ? to : x
      }),
    )
  }

const right = (from: number, to: number): number => Math.exp(at(logWeights, to) - at(logWeights, from))

describe('exactly', () => {
  keepsLaws(
    kernelLaws({
      kernel: independentKernel([0.4, 0.3, 0.2, 0.1], [1, 0, -1, 2]),
      logWeights: [0.4, 0.3, 0.2, 0.1].map((p, i) => Math.log(p) + at([1, 0, -1, 2], i)),
    }),
    'R19: ',
  )
  keepsLaws(kernelLaws({ kernel: transitionsOf(points, local(true)), logWeights }), 'a local step: ')

  it('a wrong proposal ratio is seen, with the flows', async () => {
    const found = await complaintsOf(kernelLaws({ kernel: transitionsOf(points, local(false)), logWeights }))
    expect(found).toHaveLength(2)
    expect(found[0]).toMatch(/^the law is stationary: point \d has π = /)
    expect(found[1]).toMatch(/^detailed balance: from 0 to 1 flows 0\.\d+, and back 0\.\d+ \(tolerance 1e-11\)/)
  })

  it('a kernel that stays, one that only goes round, and rows that are none are seen', async () => {
    const round = matrix(3, 3, (i, j) => Number(j === (i + 1) % 3))
    const uniform = [0, 0, 0]
    expect(await complaintsOf(kernelLaws({ kernel: identity(3), logWeights: uniform }))).toEqual([
      expect.stringMatching(/^every point of the support .*from 0 there is no way to 1, 2/),
    ])
    expect(await complaintsOf(kernelLaws({ kernel: round, logWeights: uniform }))).toEqual([
      expect.stringMatching(/^detailed balance/),
    ])
    expect(await complaintsOf(kernelLaws({ kernel: round, logWeights: uniform, reversible: false }))).toEqual([])
    const leaky = matrix(2, 2, (i, j) => (i === j ? 0.5 : 0.4))
    expect((await complaintsOf(kernelLaws({ kernel: leaky, logWeights: [0, 0] })))[0]).toMatch(/^rows are prob.*0\.9/)
    const negative = matrix(2, 2, (i, j) => (i === j ? 1.5 : -0.5))
    expect((await complaintsOf(kernelLaws({ kernel: negative, logWeights: [0, 0] })))[0]).toMatch(/^rows are prob/)
  })

  it('points without weight need not be reached', async () => {
    const kernel = matrix(3, 3, (i, j) => (i === 2 ? Number(j === 0) : j === 2 ? 0 : 0.5))
    expect(await complaintsOf(kernelLaws({ kernel, logWeights: [0, 0, Number.NEGATIVE_INFINITY] }))).toEqual([])
  })
})

describe('by steps', () => {
  keepsLaws(chainLaws({ points, logWeights, step: chained(right) }))

  it('a temperature that is off by a tenth is seen by both laws', async () => {
    const cold = chained((from, to) => right(from, to) ** 1.1)
    const found = await complaintsOf(chainLaws({ points, logWeights, step: cold }))
    expect(found.map((x) => x.split(':')[0])).toEqual(['the law is stationary', 'detailed balance'])
    expect(found[0]).toMatch(/χ² of 4 cells: \S+ from n = \d+, p = \S+ < α = 1e-9 \(cell \d/)
    expect(found[1]).toMatch(
      /χ² of symmetry over 4 points: .* \(from \d to \d: \d+, back: \d+\); the design sees a net flow/,
    )
  })

  it('a rotation keeps a uniform law and has no detailed balance; a step out of the space is named', async () => {
    const round = { points, logWeights: [0, 0, 0, 0] }
    const turned = await complaintsOf(chainLaws({ ...round, step: (_k, xs) => TE.right(xs.map((x) => (x + 1) % 4)) }))
    expect(turned.map((x) => x.split(':')[0])).toEqual(['detailed balance'])
    const left = await complaintsOf(chainLaws({ ...round, step: (_k, xs) => TE.right(xs.map((x) => x + 1)) }))
    expect(left[0]).toMatch(/is 4, which is not a point of the space/)
  })
})
