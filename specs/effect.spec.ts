/**
 * Sequential effects: results, failures of tasks inside them, everything thrown, and abort signals all become an Either.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { effect, fail, inTurn, stopIfAborted } from '../lib/effect.ts'
import { failure, raise } from '../lib/errors.ts'
import { left, right } from './either.ts'

const gone = failure('File', 'it is gone', 'look elsewhere', { place: 3 })

describe('effect', () => {
  it('gives the result of its code', async () => {
    const total = effect(async (run) => (await run(TE.right(2))) + (await run(TE.right(3))))
    expect(right(await total())).toBe(5)
  })

  it('does nothing before it is run, and everything again each time', async () => {
    let runs = 0
    const counted = effect(async () => {
      runs += 1
      return runs
    })
    expect(runs).toBe(0)
    expect([right(await counted()), right(await counted())]).toEqual([1, 2])
  })

  it('ends with the failure of a task, and skips what follows', async () => {
    let reached = false
    const broken = effect(async (run) => {
      await run(TE.left(gone))
      reached = true
    })
    expect(left(await broken())).toBe(gone)
    expect(reached).toBe(false)
  })

  it('passes failures through nested effects, and runs `finally`', async () => {
    let closed = false
    const nested = effect((run) => run(effect(async () => fail(gone))).finally(() => (closed = true)))
    expect(left(await nested())).toBe(gone)
    expect(closed).toBe(true)
  })

  it('keeps the record of a thrown failure; anything else thrown is a Runtime failure', async () => {
    expect(left(await effect(async () => raise(gone))())).toBe(gone)
    const odd = left(await effect(() => Promise.reject(new TypeError('x is not a function')))())
    expect(odd).toMatchObject({ tag: 'Runtime', what: 'x is not a function' })
    expect(left(await effect(() => Promise.reject(new Error('plain')))()).tag).toBe('Runtime')
  })
})

describe('abort signals', () => {
  it('stop an effect where it asks, and only when they were aborted', async () => {
    const controller = new AbortController()
    const asking = effect(async () => {
      stopIfAborted(controller.signal)
    })
    expect((await asking())._tag).toBe('Right')
    controller.abort()
    expect(left(await asking())).toMatchObject({ tag: 'Interrupted', remedy: expect.stringContaining('--out') })
  })
})

describe('effects in turn', () => {
  it('begin when those before them have ended, in failure too', async () => {
    const [turn, seen] = [inTurn(), Array.of<string>()]
    const slow = (name: string, ends: TE.TaskEither<typeof gone, string>) =>
      turn(
        effect(async (run) => {
          seen.push(`${name} begins`)
          await new Promise((resolve) => void setTimeout(resolve, 5))
          seen.push(`${name} ends`)
          return run(ends)
        }),
      )
    const [a, b, c] = [slow('a', TE.right('A')), slow('b', TE.left(gone)), slow('c', TE.right('C'))]
    const [inC, inA, inB] = await Promise.all([c(), a(), b()])
    expect([right(inA), left(inB), right(inC)]).toEqual(['A', gone, 'C'])
    expect(seen).toEqual(['c begins', 'c ends', 'a begins', 'a ends', 'b begins', 'b ends'])
  })

  it('go on after one that threw', async () => {
    const turn = inTurn()
    const thrown = turn(() => Promise.reject(new Error('out of nowhere')))()
    const next = turn(TE.right(1))()
    await expect(thrown).rejects.toThrow('out of nowhere')
    expect(right(await next)).toBe(1)
  })
})
