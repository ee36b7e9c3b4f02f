/** Programs: state laid out like its input, failures that name the state, and runs that release what they prepared. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import { failure } from '../lib/errors.ts'
import { feedsOf, type Executor } from '../lib/executor.ts'
import { axesOf, type Expr } from '../lib/expr.ts'
import { input, inputOf, reorder } from '../lib/ops/layout.ts'
import { add, cast, constant, constantOf, exp } from '../lib/ops/pointwise.ts'
import { sum } from '../lib/ops/reduce.ts'
import { evaluateOn, evaluateOne, outputs, program, runAll, scalarOf } from '../lib/program.ts'
import { reference } from '../lib/reference.ts'
import { left, run } from './either.ts'
import { thrown } from './thrown.ts'

const [n, m] = [axis('n', 3), axis('m', 2)]
const x = input('x', n)

describe('program', () => {
  it('lays the next state out like the state, and repeats it where it lacks axes', () => {
    const s = input('s', n, m)
    const p = program({ s }, { s: reorder(['m', 'n'])(exp(s)) }, {})
    expect(axesOf(p.state.s.next)).toEqual([n, m])
    expect(axesOf(program({ s }, { s: constant(1) }, {}).state.s.next)).toEqual([n, m])
  })

  it('refuses a next state with other axes, other sizes, or another element type', () => {
    const wrong: readonly Expr[] = [input('y', m), input('y', axis('n', 4)), cast('i32')(x), exp(input('y', n, m))]
    for (const next of wrong)
      expect(thrown(() => program({ velocity: x }, { velocity: next }, {}))).toMatchObject({
        tag: 'Shape',
        remedy: 'give the next value the same axes and element type',
        facts: { state: 'velocity' },
      })
    expect(thrown(() => program({ velocity: x }, { velocity: input('y', m) }, {}))?.what).toBe(
      "state 'velocity' has n=3 and its next value m=2",
    )
  })

  it('a growing state takes a row of the state without its first axis, in the order of the others; several for several indices', () => {
    const [s, at] = [input('s', axis('time', 5), n, m), inputOf('i32')('position')]
    const p = program({ s }, { s: input('row', m, n) }, {}, { s: at })
    expect([axesOf(p.state.s.next), p.state.s.at]).toEqual([[n, m], at])
    expect(feedsOf(p)).toContain(at)
    const lane = axis('lane', 4)
    const several = program({ s }, { s: input('rows', m, lane, n) }, {}, { s: inputOf('i32')('positions', lane) })
    expect(axesOf(several.state.s.next)).toEqual([lane, n, m])
    const rejected = (next: Expr, index: Expr, state: Expr = s) =>
      thrown(() => program({ state }, { state: next }, {}, { state: index }))?.what
    expect(rejected(s, at)).toBe("state 'state' has n=3, m=2 and its next value time=5, n=3, m=2")
    for (const index of [input('position'), inputOf('i32')('positions', n, m), constantOf('i32', 1)])
      expect(rejected(input('row', n, m), index)).toBe(
        "the index of state 'state' is not a fed i32 of at most one axis",
      )
    expect(thrown(() => program({}, {}, {}, { log: at }))?.what).toBe("'log' is to grow and is not a state")
    expect(rejected(constant(1), at, input('scalar'))).toBe("state 'state' has no axis along which it could grow")
  })
})

describe('evaluation', () => {
  it('runs once and gives named values', async () => {
    const found = await evaluateOn(reference)(
      { total: sum(n)(x), x },
      {
        x: [1, 2, 4].reduce((d, v, i) => {
          d[i] = v
          return d
        }, new Float64Array(3)),
      },
    )()
    expect(found).toEqual(
      E.right({
        total: { axes: [], dtype: 'f32', data: Float64Array.of(7) },
        x: { axes: [n], dtype: 'f32', data: Float64Array.of(1, 2, 4) },
      }),
    )
    expect(await evaluateOne(reference)(add(constant(1), constant(2)))()).toEqual(
      E.right({ axes: [], dtype: 'f32', data: Float64Array.of(3) }),
    )
  })

  it('F12: releases exactly once, after success, after a failure and after a throw', async () => {
    const released = async (run: () => TE.TaskEither<ReturnType<typeof failure>, never>): Promise<number> => {
      let count = 0
      const counting: Executor = {
        ...reference,
        prepare: () =>
          TE.right({
            run,
            readState: run,
            writeState: run,
            release: () => {
              count += 1
            },
          }),
      }
      await evaluateOn(counting)({ x })().catch(() => undefined)
      return count
    }
    expect(await released(() => TE.left(failure('Runtime', 'it broke', 'mend it')))).toBe(1)
    const failing = await evaluateOn(reference)({ x }, {})()
    expect(E.isLeft(failing) && failing.left.tag).toBe('Feed')
  })

  it('a program without outputs runs', async () => {
    expect(await evaluateOn(reference)(outputs({}).outputs, {})()).toEqual(E.right({}))
    expect(inputOf('i32')('x', n)).not.toBe(x)
  })
})

describe('all outputs', () => {
  const total = sum(n)(input('x', n))

  it('are given under their names, as values of the type, scalars as numbers', async () => {
    const prepared = await run(reference.prepare(outputs({ total, twice: add(total, total) })))
    const out = await run(runAll(prepared)({ x: Float64Array.of(1, 2, 3) }))
    expect([scalarOf(out.total), scalarOf(out.twice)]).toEqual([6, 12])
    expect(Object.keys(out)).toEqual(['total', 'twice'])
  })

  it('fail as the run does; a value with axes is no number', async () => {
    const prepared = await run(reference.prepare(outputs({ x: input('x', n) })))
    expect(left(await runAll(prepared)({})()).tag).toBe('Feed')
    const { x } = await run(runAll(prepared)({ x: Float64Array.of(1, 2, 3) }))
    expect(thrown(() => scalarOf(x))?.tag).toBe('Shape')
  })
})
