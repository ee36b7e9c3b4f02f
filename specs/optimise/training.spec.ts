/** A training step as one program: it minimises, keeps all of its state, and reports what it should. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { feedsOf, inputName } from '../../lib/executor.ts'
import { input } from '../../lib/ops/layout.ts'
import { contract } from '../../lib/ops/contract.ts'
import { add, square, subtract } from '../../lib/ops/pointwise.ts'
import { mean } from '../../lib/ops/reduce.ts'
import { adam, chain, clipByGlobalNorm, gradientProgram, sgd, trainingProgram } from '../../lib/optimise/index.ts'
import { reference } from '../../lib/reference.ts'
import { near } from '../near.ts'

const right = <L, A>(e: E.Either<L, A>): A => {
  if (E.isLeft(e)) throw new Error(JSON.stringify(e.left))
  return e.right
}

const [rows, from] = [axis('rows', 4), axis('from', 2)]
const [x, y] = [input('x', rows, from), input('y', rows)]
const [w, b] = [input('w', from), input('b')]
const loss = mean(rows)(square(subtract(add(contract(from)(x, w), b), y)))
const feeds = { x: Float64Array.of(0, 0, 1, 0, 0, 1, 1, 1), y: Float64Array.of(3, 4, 1, 2) }

describe('training programs', () => {
  it('fit a line exactly, and are the same from the same state on', async () => {
    const p = right(
      await reference.prepare(
        trainingProgram({ parameters: { w, b }, loss, optimiser: chain(clipByGlobalNorm(5), adam(0.1)) }),
      )(),
    )
    for (let i = 0; i < 200; i++) right(await p.run(feeds, [])())
    const saved = Object.fromEntries(
      Object.entries(right(await p.readState()())).map(([name, v]) => [name, v.data.slice()]),
    )
    for (let i = 0; i < 400; i++) right(await p.run(feeds, [])())
    const last = right(await p.readState()())
    expect(Array.from(last.w.data)).toEqual(near([1, -2], 4))
    expect(last.b.data[0]).toBeCloseTo(3, 4)
    const again = right(
      await reference.prepare(
        trainingProgram({ parameters: { w, b }, loss, optimiser: chain(clipByGlobalNorm(5), adam(0.1)) }),
      )(),
    )
    right(await again.writeState(saved)())
    for (let i = 0; i < 400; i++) right(await again.run(feeds, [])())
    expect(right(await again.readState()())).toEqual(last)
  })

  it('have named state and outputs, and feed what is left', async () => {
    const program = trainingProgram({
      parameters: { w, b },
      loss,
      optimiser: sgd(0.1, 0.9),
      outputs: { prediction: contract(from)(x, w) },
    })
    expect(Object.keys(program.state).sort()).toEqual([
      'b',
      'optimiser/a.b',
      'optimiser/a.w',
      'optimiser/b.step',
      'training/fault',
      'training/loss',
      'training/steps',
      'w',
    ])
    expect(Object.keys(program.outputs)).toEqual(['loss', 'gradientNorm', 'prediction'])
    expect(new Set(feedsOf(program).map(inputName))).toEqual(new Set(['x', 'y']))
    const p = right(await reference.prepare(program)())
    const first = right(await p.run(feeds)())
    expect(first['loss']?.data[0]).toBeCloseTo((9 + 16 + 1 + 4) / 4, 12)
    // ∂/∂w = −½(4 + 2, 1 + 2)·…: rows (1,0)·4, (0,1)·1, (1,1)·2 and the bias: −(2/4)·(6, 3, 10)
    expect(first['gradientNorm']?.data[0]).toBeCloseTo(0.5 * Math.hypot(6, 3, 10), 12)
  })

  it('report the gradient before the optimiser changes it', async () => {
    const clipped = right(
      await reference.prepare(
        trainingProgram({ parameters: { w, b }, loss, optimiser: chain(clipByGlobalNorm(1e-3), sgd(1)) }),
      )(),
    )
    expect(right(await clipped.run(feeds)())['gradientNorm']?.data[0]).toBeCloseTo(0.5 * Math.hypot(6, 3, 10), 12)
    const moved = right(await clipped.readState()())
    expect(Math.hypot(...Array.from(moved.w.data), moved.b.data[0] ?? 0)).toBeCloseTo(1e-3, 8)
  })

  it.for(['optimiser/w', 'training/steps'])('refuse a parameter called %s', (name) => {
    const make = () => trainingProgram({ parameters: { [name]: w, b }, loss, optimiser: sgd(1) })
    const half = () => gradientProgram({ parameters: { [name]: w, b }, loss })
    for (const each of [make, half])
      expect(each).toThrow(`a parameter is called '${name}', and names that begin so are the training's own`)
  })

  it.for(['loss', 'gradientNorm'])('refuse an output called %s', (name) => {
    const make = () => trainingProgram({ parameters: { w, b }, loss, optimiser: sgd(1), outputs: { [name]: b } })
    const half = () => gradientProgram({ parameters: { w, b }, loss, outputs: { [name]: b } })
    for (const each of [make, half])
      expect(each).toThrow(`an output is called '${name}', which the training reports itself`)
  })
})
