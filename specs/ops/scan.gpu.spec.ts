/** Loops and their gradients on the GPU. */
import { expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Expr } from '../../lib/expr.ts'
import { input } from '../../lib/ops/layout.ts'
import { add, constant, multiply, scale, tanh } from '../../lib/ops/pointwise.ts'
import { scan } from '../../lib/ops/scan.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { describeOperations } from '../webgpu/compare.ts'

const [time, n] = [axis('time', 5), axis('n', 3)]
const x = input('x', time, n)
const zero = scale(0)(input('start', n))

const kept = tanh(add(zero, constant(0.75)))

/** Carries that move on through each other's places, and one that becomes what lies outside. */
const turning = (rate: number) =>
  scan(time)(
    { outer: zero, a: add(zero, constant(1)), b: add(zero, constant(2)), c: add(zero, constant(rate)) },
    { x },
    ({ outer, a, b, c }, at) => {
      const mixed = tanh(add(add(a, outer), multiply(b, scale(rate)(at.x))))
      return { carry: { outer: kept, a: b, b: c, c: mixed }, out: { mixed, first: a } }
    },
  )

await describeOperations('loops', ['scan', 'part'], { cases: 3 }, (executor) => {
  it('one after the other keep what is theirs, also where carries change places', async () => {
    const loops = [0.5, -0.25, 2].map(turning)
    const results = loops.flatMap(({ carry, out }, i) =>
      Object.entries({ ...carry, ...out }).map(([name, y]) => [`${name}${i}`, y] as const),
    )
    const roots = Object.fromEntries<Expr>([...results, ['kept', kept]])
    const feeds = { x: Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)), start: new Float32Array(3) }
    const [found, wanted] = [
      right(await evaluateOn(executor)(roots, feeds)()),
      right(await evaluateOn(reference)(roots, feeds)()),
    ]
    for (const name of Object.keys(roots))
      found[name]?.data.forEach((value, i) => expect(value, name).toBeCloseTo(wanted[name]?.data[i] ?? Number.NaN, 5))
  })
})
