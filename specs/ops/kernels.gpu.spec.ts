/** Kernels whose workgroups share places: with however few of them every place is computed, those of the last span too. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { field } from '../../lib/at.ts'
import type { Expr } from '../../lib/expr.ts'
import { gather } from '../../lib/ops/gather.ts'
import { concat } from '../../lib/ops/join.ts'
import { sharingGroups } from '../../lib/ops/kernels.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { add } from '../../lib/ops/pointwise.ts'
import { inputKey, uniform } from '../../lib/ops/random.ts'
import { slice } from '../../lib/ops/slice.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { run } from '../either.ts'

describe('workgroups that share places', () => {
  it('are as many as there is work for, and on a software adapter one for up to 64, at least 32', () => {
    const groups = (software: boolean) =>
      [0, 1, 256, 257, 8192, 8193, 262_144, 1_048_577].map((n) => sharingGroups(n, 256, { software }))
    expect(groups(false)).toEqual([0, 1, 1, 2, 32, 33, 1024, 4097])
    expect(groups(true)).toEqual([0, 1, 1, 2, 32, 32, 32, 65])
  })
})

/** Rows of a width that is moved word by word, or four at once; the last span is not full. */
const results = (rows: number, width: number): Readonly<Record<string, Expr>> => {
  const [row, column, pick] = [axis('row', rows), axis('column', width), axis('pick', rows + 3)]
  const [deep, place] = [axis('deep', 3), axis('place', 5)]
  const [x, y] = [input('x', row, column), input('y', row, column)]
  return {
    sum: add(x, y),
    part: slice(row, 1, rows - 2)(x),
    inner: slice(column, 1, width - 1)(x),
    joined: concat(row)(x, y),
    picked: gather(row)(x, inputOf('i32')('index', pick)),
    looked: gather(column)(input('z', row, column, deep), inputOf('i32')('places', row, place)),
    drawn: uniform(inputKey('key'))(row, column),
  }
}

await describeOnDevice('workgroups that share places', (device) => {
  it.each([
    [2101, 4],
    [8501, 5],
    [90, 301],
    [67_001, 8],
  ])('compute every one of %i rows of %i', async (rows, width) => {
    const counted = (from: number) =>
      Float64Array.from({ length: rows * width }, (_, i) => ((i * 31 + from) % 8191) - 4000)
    const index = Int32Array.from({ length: rows + 3 }, (_, i) => (i * 7919) % rows)
    const places = Int32Array.from({ length: rows * 5 }, (_, i) => (i * 7919) % width)
    const z = Float64Array.from({ length: rows * width * 3 }, (_, i) => ((i * 17) % 8191) - 4000)
    const feeds = { x: counted(1), y: counted(2), z, index, places, key: Uint32Array.of(3, 4) }
    const [exact, found] = [
      await run(evaluateOn(reference)(results(rows, width), feeds)),
      await run(evaluateOn(webGpuExecutor()(device))(results(rows, width), feeds)),
    ]
    const wrong = Object.entries(exact).map(([name, value]) => {
      const own = field(found, name).data
      return [name, Array.from(value?.data ?? []).findIndex((v, i) => v !== own[i])]
    })
    expect(wrong.filter(([, place]) => place !== -1)).toEqual([])
  })
})
