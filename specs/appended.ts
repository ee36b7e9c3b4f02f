/** What every executor must do with state that grows row by row; run against each of them. */
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import { describeFailure } from '../lib/errors.ts'
import type { Executor, Prepared } from '../lib/executor.ts'
import { type Key, key, uniforms } from '../lib/key.ts'
import { input, inputOf } from '../lib/ops/layout.ts'
import { add, constant, constantOf, multiply, scale } from '../lib/ops/pointwise.ts'
import { sum } from '../lib/ops/reduce.ts'
import { program } from '../lib/program.ts'
import { reference } from '../lib/reference.ts'
import { right } from './either.ts'
import { resident } from './memory.ts'

const [time, n, m] = [axis('time', 5), axis('n', 3), axis('m', 2)]

/** A cache of rows, a log of integers in the same run, and a running state that reads the cache as it was. */
const recorder = () => {
  const [cache, log, carried, frozen] = [
    input('cache', time, n, m),
    inputOf('i32')('log', time),
    input('carried', n),
    input('frozen', n),
  ]
  const [position, x] = [inputOf('i32')('position'), input('x', m, n)]
  const before = sum(m)(sum(time)(cache))
  return program<string, string>(
    { cache, log, carried, frozen },
    {
      cache: add(x, scale(0.5)(before)),
      log: add(multiply(position, position), constantOf('i32', 1)),
      carried: add(carried, multiply(before, frozen)),
      frozen,
    },
    { before, whole: cache, half: scale(0.5)(before) },
    { cache: position, log: position },
  )
}

const start = { frozen: Float32Array.of(1, 2, 3), cache: Float32Array.from({ length: 30 }, (_, i) => i / 8) }

const randomRow = (k: Key, step: number): Float32Array => Float32Array.from(uniforms(k, 6, 6 * step), Math.fround)

const visit = async (prepared: Prepared, positions: readonly number[]) => {
  right(await prepared.writeState(start)())
  const seen: (readonly number[])[] = []
  for (const [step, position] of positions.entries()) {
    const feeds = { position: Int32Array.of(position), x: randomRow(key(3), step) }
    const got = right(await prepared.run(feeds, step % 2 === 0 ? ['before', 'whole', 'half'] : [])())
    seen.push(...Object.values(got).map((v) => [...(v?.data ?? [])]))
  }
  const state = right(await prepared.readState()())
  return [...seen, ...Object.values(state).map((v) => [...v.data])]
}

/** Heap, arrays and the rest of the process, in MiB. */

/** The suite for one executor. */
export const growingState = (executorOf: () => Executor): void => {
  it('rows are written in place after the run has read the state as it was, as on the reference', async () => {
    const [own, oracle] = [
      right(await executorOf().prepare(recorder())()),
      right(await reference.prepare(recorder())()),
    ]
    const positions = [0, 1, 4, 3, 1, 2]
    const [got, wanted] = [await visit(own, positions), await visit(oracle, positions)]
    expect(got.length).toBe(wanted.length)
    wanted.forEach((values, i) => {
      // A relative 2⁻²⁰: a dozen f32 additions, and steps that multiply what they read.
      values.forEach((v, j) =>
        expect(Math.abs((got[i]?.[j] ?? Number.NaN) - v)).toBeLessThan((1 + Math.abs(v)) * 2 ** -20),
      )
    })
    expect(got.at(-3)).toEqual([1, 2, 5, 10, 17])
    expect(got.at(-1)).toEqual([1, 2, 3])
    for (const p of [own, oracle]) p.release()
  })

  it('rows go to as many indices, the later one where two are the same; one outside is a failure that names it', async () => {
    const lane = axis('lane', 3)
    const [cache, log] = [input('cache', time, n), inputOf('i32')('log', time)]
    const [places, x] = [inputOf('i32')('places', lane), input('x', n, lane)]
    const rows = program<string, string>(
      { cache, log },
      { cache: scale(2)(x), log: places },
      { before: sum(time)(cache) },
      { cache: places, log: places },
    )
    const prepared = right(await executorOf().prepare(rows)())
    const feeds = { x: Float32Array.from({ length: 9 }, (_, i) => i) }
    right(await prepared.run({ ...feeds, places: Int32Array.of(4, 0, 2) }, [])())
    const second = right(await prepared.run({ ...feeds, places: Int32Array.of(1, 2, 1) })())
    expect([...(second['before']?.data ?? [])]).toEqual([6, 24, 42])
    const state = right(await prepared.readState()())
    expect([...(state['cache']?.data ?? [])]).toEqual([2, 8, 14, 4, 10, 16, 2, 8, 14, 0, 0, 0, 0, 6, 12])
    expect([...(state['log']?.data ?? [])]).toEqual([0, 1, 2, 0, 4])
    const outside = await prepared.run({ ...feeds, places: Int32Array.of(1, 5, -1) }, [])()
    expect(E.isLeft(outside) ? outside.left.what : '').toBe("'places' is 5, and state 'cache' has rows 0 to 4")
    prepared.release()
  })

  it('a value that was read before a step is not changed by it', async () => {
    const prepared = right(await executorOf().prepare(recorder())())
    const feeds = { position: Int32Array.of(2), x: new Float32Array(6).fill(7) }
    const first = right(await prepared.run(feeds)())
    const copy = [...(first['whole']?.data ?? [])]
    const held = right(await prepared.readState()())
    right(await prepared.run({ ...feeds, position: Int32Array.of(0) })())
    expect([...(first['whole']?.data ?? [])]).toEqual(copy)
    expect([...(held['log']?.data ?? [])]).toEqual([0, 0, 5, 0, 0])
    prepared.release()
  })

  it('an index outside the state is a failure that names it, and nothing is written', async () => {
    const prepared = right(await executorOf().prepare(recorder())())
    for (const index of [-1, 5, 1000]) {
      const result = await prepared.run({ position: Int32Array.of(index), x: new Float32Array(6).fill(1) })()
      expect(E.isLeft(result) ? describeFailure(result.left) : '').toBe(
        `'position' is ${index}, and state 'cache' has rows 0 to 4: feed the index of a row, or give the state more rows.`,
      )
    }
    const state = right(await prepared.readState()())
    expect(state['cache']?.data.every((v) => v === 0)).toBe(true)
    prepared.release()
  })

  it('programs beside each other share state: another sees all of it, or its first rows, and writes it', async () => {
    const all = right(await executorOf().prepare(recorder())())
    const short = axis('time', 2)
    const [cache, carried] = [input('cache', short, n, m), input('carried', n)]
    const other = right(
      await executorOf().prepare(
        program<string, string>(
          { cache, carried, own: input('own', n) },
          { cache: scale(2)(cache), carried: add(carried, input('own', n)), own: add(input('own', n), constant(1)) },
          { total: sum(n)(carried) },
        ),
        all,
      )(),
    )
    right(await all.writeState({ ...start, carried: Float32Array.of(1, 2, 3) })())
    right(await other.writeState({ own: Float32Array.of(1, 1, 1) })())
    expect(right(await other.run({})())['total']?.data[0]).toBe(6)
    const state = right(await all.readState(['cache', 'carried'])())
    expect(Object.keys(state)).toEqual(['cache', 'carried'])
    expect(Array.from(state['cache']?.data ?? [])).toEqual(Array.from(start.cache, (v, i) => (i < 12 ? 2 * v : v)))
    expect(Array.from(state['carried']?.data ?? [])).toEqual([2, 3, 4])
    right(await all.run({ position: Int32Array.of(1), x: new Float32Array(6).fill(-10) }, [])())
    const rows = right(await other.readState(['cache', 'own'])())
    const before = [0, 2, 4].map((j) =>
      Array.from(state['cache']?.data ?? []).reduce((s, v, i) => (i % 6 === j || i % 6 === j + 1 ? s + v : s), 0),
    )
    expect(Array.from(rows['cache']?.data ?? []).slice(6)).toEqual(before.flatMap((b) => [b / 2 - 10, b / 2 - 10]))
    expect(Array.from(rows['own']?.data ?? [])).toEqual([2, 2, 2])
    const wrong = await executorOf().prepare(
      program({ cache: input('cache', axis('time', 6), n, m) }, { cache: input('cache', axis('time', 6), n, m) }, {}),
      all,
    )()
    expect(E.isLeft(wrong) ? wrong.left.what : '').toBe(
      "state 'cache' has time=6, n=3, m=2 and lies beside one with time=5, n=3, m=2",
    )
    for (const p of [other, all]) p.release()
  })

  it('1 000 steps leave memory where it was', async () => {
    const [long, wide] = [axis('time', 64), axis('wide', 16_384)]
    const [cache, position] = [input('cache', long, wide), inputOf('i32')('position')]
    const prepared = right(
      await executorOf().prepare(
        program({ cache }, { cache: input('x', wide) }, { x: input('x', wide) }, { cache: position }),
      )(),
    )
    const x = new Float32Array(wide.size)
    const steps = async (count: number): Promise<void> => {
      for (let step = 0; step < count; step++) {
        x.fill(step)
        right(await prepared.run({ position: Int32Array.of(step % 64), x }, [])())
      }
    }
    await steps(100)
    const before = resident()
    await steps(1000)
    expect(resident() - before).toBeLessThan(64)
    const state = right(await prepared.readState()())
    expect([...Array.from({ length: 64 }, (_, t) => state['cache'].data[t * wide.size])]).toEqual(
      Array.from({ length: 64 }, (_, t) => (t < 1000 % 64 ? 960 + t : 896 + t)),
    )
    prepared.release()
  })
}
