/** Programs of a model: each is made once, parameters are written when they change, and all is freed once. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import type { Executor, Prepared } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { scoreProgram } from '../../lib/models/language-programs.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { languageStore, storeBeside } from '../../lib/models/language-store.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'

const model = tableModel({ symbols: 3, length: 4 })
const [one, other] = [model.initialise(key(1)), model.initialise(key(2))]

/** The reference, and what was asked of it: programs by number, those beside another, writes and releases. */
const counting = () => {
  const heard: string[] = []
  let made = 0
  const known = new Map<Prepared, { readonly own: number; readonly prepared: Prepared }>()
  const executor: Executor = {
    ...reference,
    prepare: (program, beside) => {
      const root = beside === undefined ? undefined : known.get(beside)
      return TE.map((prepared: Prepared) => {
        made += 1
        const own = made
        heard.push(root === undefined ? `make ${own}` : `make ${own} beside ${root.own}`)
        const counted: Prepared = {
          ...prepared,
          writeState: (values) => {
            heard.push(`write ${own}`)
            return prepared.writeState(values)
          },
          release: () => {
            heard.push(`free ${own}`)
            prepared.release()
          },
        }
        known.set(counted, { own, prepared })
        return counted
      })(reference.prepare<string, string>(program, root?.prepared))
    },
  }
  const said = (): readonly string[] => heard.splice(0)
  return { executor, said }
}

const make = () => scoreProgram(model, { batch: 2, time: 4 })

describe('a store', () => {
  it('makes nothing before it is needed, and each program once, beside its parameters or another', async () => {
    const { executor, said } = counting()
    const store = languageStore(executor, model)
    expect(said()).toEqual([])
    const first = await run(store.prepared('a', make))
    expect(await run(store.prepared('a', make))).toBe(first)
    const second = await run(store.prepared('b', make, first))
    expect(second).not.toBe(first)
    expect(said()).toEqual(['make 1', 'make 2 beside 1', 'make 3 beside 2'])
    expect(store.names()).toEqual(['a', 'b'])
  })

  it('writes parameters when they are others, and after it was freed', async () => {
    const { executor, said } = counting()
    const store = languageStore(executor, model)
    for (const parameters of [one, one, other, other, one]) await run(store.hold(parameters))
    expect(said()).toEqual(['make 1', 'write 1', 'write 1', 'write 1'])
    store.release()
    await run(store.hold(one))
    expect(said()).toEqual(['free 1', 'make 2', 'write 2'])
  })

  it('drops what is named, the newest first, and frees all that is left with its parameters', async () => {
    const { executor, said } = counting()
    const store = languageStore(executor, model)
    const a = await run(store.prepared('a', make))
    await run(store.prepared('b', make, a))
    await run(store.prepared('c', make, a))
    said()
    store.drop((name) => name !== 'a')
    expect([said(), store.names()]).toEqual([['free 4', 'free 3'], ['a']])
    await run(store.prepared('b', make))
    expect(said()).toEqual(['make 5 beside 1'])
    store.release()
    expect([said(), store.names()]).toEqual([['free 5', 'free 2', 'free 1'], []])
    store.release()
    expect(said()).toEqual([])
  })

  it('beside what is prepared elsewhere writes nothing and leaves that to its owner', async () => {
    const { executor, said } = counting()
    const root = await run(executor.prepare(make()))
    const store = storeBeside(executor, root)
    await run(store.hold(one))
    await run(store.prepared('a', make))
    store.release()
    expect(said()).toEqual(['make 1', 'make 2 beside 1', 'free 2'])
  })
})

describe('a runtime', () => {
  it('keeps its programs while rows are as long or shorter, and makes new caches for longer ones', async () => {
    const { executor, said } = counting()
    const runtime = languageRuntime(executor, model, { batch: 2 })
    const draw = (length: number) => run(runtime.sample(one, { key: key(1), count: 3, length }))
    await draw(4)
    const first = said()
    expect(first.filter((line) => line.startsWith('make'))).toHaveLength(3)
    await draw(4)
    await draw(2)
    expect(said().filter((line) => !line.startsWith('write'))).toEqual([])
    runtime.release()
    expect(said()).toEqual(['free 3', 'free 2', 'free 1'])
  })
})
