/** Attention of lanes with rows in common: each lane's is that of a step over the rows that it sees; the others have no influence. */
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import { type Executor, type Feeds, inputName } from '../../lib/executor.ts'
import { axesOf, type Expr } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { attentionLanes } from '../../lib/ops/attention-lanes.ts'
import { attentionStep } from '../../lib/ops/attention-step.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'

const onnx = right(await openOnnx({ threads: 1 })())
const executors: readonly (readonly [string, Executor])[] = [
  ['the reference', reference],
  ['ONNX Runtime', onnx],
]

const [group, rank, head, depth] = [axis('group', 2), axis('rank', 3), axis('head', 2), axis('depth', 4)]
const time = axis('time', 9)
const lane = (name: string) => input(name, group, rank, head, depth)
const rows = (name: string) => input(name, time, group, head, depth)
const seen = inputOf('bool')('seen', group, rank, time)
const attended = attentionLanes({}, lane('query'), { keys: rows('keys'), values: rows('values') }, seen, {
  key: lane('key'),
  value: lane('value'),
})

const noise = (seed: number, x: Expr, size: number): Float32Array =>
  Float32Array.from(uniforms(fold(key(7), seed), sizeOf(axesOf(x))), (u) => size * (2 * u - 1))

const operands = ['query', 'key', 'value'].map(lane)
const caches = ['keys', 'values'].map(rows)
const feedsOf = (size: number): Feeds =>
  Object.fromEntries([...operands, ...caches].map((x, i) => [inputName(x), noise(i, x, i === 0 ? size : 1)]))
// Every lane sees other rows, the fourth none.
const sees = Uint32Array.from({ length: 54 }, (_, i) => (Math.floor(i / 9) === 3 ? 0 : (i * 7919) >> 3) % 2)

const found = async (executor: Executor, y: Expr, feeds: Feeds): Promise<readonly number[]> => {
  const out = right(await evaluateOn(executor)({ y }, feeds)())
  return [...(out.y?.data ?? [])]
}

/** Attention of one lane over the rows that it sees, as a step of its own. */
const alone = (feeds: Feeds, lane: number): Promise<readonly number[]> => {
  const own = Array.from({ length: 9 }, (_, t) => t).filter((t) => sees[lane * 9 + t] === 1)
  const [few, batch] = [axis('time', Math.max(1, own.length)), axis('batch', 1)]
  const of = (name: string): readonly number[] => [...(feeds[name] ?? [])].slice(lane * 8, lane * 8 + 8)
  const kept = (name: string): Float64Array =>
    Float64Array.from(
      own.length === 0
        ? Array.from({ length: 8 }, () => 0)
        : own.flatMap((t) => {
            const from = (t * 2 + Math.floor(lane / 3)) * 8
            return [...(feeds[name] ?? [])].slice(from, from + 8)
          }),
    )
  const row = (name: string) => input(name, batch, head, depth)
  const cached = (name: string) => input(name, few, batch, head, depth)
  const y = attentionStep(
    {},
    row('query'),
    { keys: cached('keys'), values: cached('values') },
    inputOf('i32')('position'),
    {
      key: row('key'),
      value: row('value'),
    },
  )
  const fed = Object.fromEntries(['query', 'key', 'value'].map((name) => [name, Float64Array.from(of(name))]))
  return found(reference, y, {
    ...fed,
    ...{ keys: kept('keys'), values: kept('values'), position: Int32Array.of(own.length) },
  })
}

describe.each(executors)('lanes on %s', (_name, executor) => {
  // Scores up to some hundreds: shares that underflow are 0 beside the others.
  it.each([1, 300])('attend as each of them does alone over the rows that it sees (queries up to %d)', async (size) => {
    const feeds = feedsOf(size)
    const got = await found(executor, attended, { ...feeds, seen: sees })
    for (let l = 0; l < 6; l++) {
      const wanted = await alone(feeds, l)
      wanted.forEach((v, i) => expect(Math.abs(v - (got[l * 8 + i] ?? Number.NaN))).toBeLessThan(2e-6))
    }
  })

  it('are not influenced, to the bit, by rows that none of them sees, however large', async () => {
    const feeds = feedsOf(1)
    const hidden = Uint32Array.from(sees, (s, i) => (i % 9 === 4 ? 0 : s))
    const first = await found(executor, attended, { ...feeds, seen: hidden })
    const large = (data: ArrayLike<number> | undefined): Float32Array =>
      Float32Array.from(Array.from(data ?? []), (x, i) => (Math.floor(i / 16) === 4 ? 1e12 * x : x))
    const other = { keys: large(feeds['keys']), values: large(feeds['values']) }
    expect(await found(executor, attended, { ...feeds, ...other, seen: hidden })).toEqual(first)
  })
})

describe('operands', () => {
  const make = (sizes: { readonly group?: number; readonly time?: number }) => {
    const [others, more] = [axis('group', sizes.group ?? 2), axis('time', sizes.time ?? 9)]
    return thrown(() =>
      attentionLanes(
        {},
        lane('query'),
        { keys: input('k', more, others, head, depth), values: input('v', more, others, head, depth) },
        inputOf('bool')('seen', group, rank, more),
        { key: lane('key'), value: lane('value') },
      ),
    )?.what
  }

  it('must have the same sizes, and at least one row', () => {
    expect(make({})).toBe(undefined)
    expect(make({ group: 3 })).toBe("attention_lanes: axis 'group' differs between operands")
    expect(make({ time: 0 })).toBe('attention_lanes: the caches have no rows')
  })
})
