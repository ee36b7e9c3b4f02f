/** Softmax and its kin keep the laws of `softmax-suite.ts` on the reference and on ONNX Runtime; and on the host. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import * as host from '../../lib/math.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { input } from '../../lib/ops/layout.ts'
import { logSoftmax, softmax, sum } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { logAddExp } from '../../lib/semiring.ts'
import { valuesOf } from '../domains.ts'
import { right } from '../either.ts'
import { broken, softmaxLaws } from './softmax-suite.ts'

const onnx = right(await openOnnx({ threads: 1 })())

describe.each([reference, onnx])('on $name', (executor) => {
  it.each(softmaxLaws)('$title', async (law) => expect(await broken(executor, law)).toBeUndefined())
})

describe('in f64', () => {
  const row = Float64Array.of(0, 1, 2, 3).map((v) => v + 1e16)
  const n = axis('n', 4)
  const x = input('x', n)

  it('a shift of 1e16 leaves sums of 1', () => {
    const [p, l] = valuesOf([sum(n)(softmax(n)(x)), logSoftmax(n)(x)], [{ node: x, data: row }])
    expect(p?.[0]).toBeCloseTo(1, 12)
    expect(host.sum(Float64Array.from(l ?? [], Math.exp))).toBeCloseTo(1, 12)
    expect(host.sum(host.softmax(row))).toBeCloseTo(1, 12)
    expect(host.sum(host.logSoftmax(row).map(Math.exp))).toBeCloseTo(1, 12)
  })

  it('log-add-exp knows both infinities', () => {
    const { POSITIVE_INFINITY: above, NEGATIVE_INFINITY: below } = Number
    expect([logAddExp(above, above), logAddExp(above, 0), logAddExp(below, below), logAddExp(below, 1)]).toEqual([
      above,
      above,
      below,
      1,
    ])
    expect(logAddExp(Number.NaN, 0)).toBeNaN()
  })
})
