/** F10: computing leaves inputs as they are, gives the same twice, and effects do not disturb each other. */
import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { key } from '../../lib/key.ts'
import { input } from '../../lib/ops/layout.ts'
import { add, tanh } from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { operations } from '../../lib/ops/table.ts'
import { program } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { sample, valuesOf } from '../domains.ts'

const bits = (data: ArrayBufferView): readonly number[] =>
  Array.from(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))

describe('F10: purity', () => {
  it.each([...operations.keys()])(
    'F10: %s: the bits of its inputs stay, twice gives the same, results are fresh',
    (name) => {
      for (const seed of [1, 2, 3, 4]) {
        const s = sample(name, key(seed))
        const before = s.inputs.map(({ data }) => bits(data))
        const first = valuesOf(s.results, s.inputs).map(bits)
        const second = valuesOf(s.results, s.inputs).map(bits)
        expect(second).toEqual(first)
        expect(s.inputs.map(({ data }) => bits(data))).toEqual(before)
      }
    },
  )

  const n = axis('n', 3)
  const [state, x] = [input('state', n), input('x', n)]
  const counting = program({ s: state }, { s: tanh(add(state, x)) }, { total: sum(n)(state) })
  const feeds = [1, 2, 3].map((i) => ({ x: Float64Array.of(i, -i, i / 2) }))

  const prepared = async () => {
    const made = await reference.prepare(counting)()
    if (E.isLeft(made)) throw new Error(made.left.what)
    return made.right
  }

  test.prop([fc.scheduler()], { seed: 11, numRuns: 25 })(
    'F10: the order of two independent runs does not matter',
    async (s) => {
      const alone = await prepared()
      const expected = []
      for (const feed of feeds) expected.push(await alone.run(feed)())
      const [left, right] = [await prepared(), await prepared()]
      const run = async (p: typeof left, name: string) => {
        const found = []
        for (const feed of feeds) found.push(await s.schedule(Promise.resolve(feed), name).then((f) => p.run(f)()))
        return found
      }
      const both = Promise.all([run(left, 'left'), run(right, 'right')])
      await s.waitFor(both)
      expect(await both).toEqual([expected, expected])
      expect(await left.readState()()).toEqual(await alone.readState()())
    },
  )
})
