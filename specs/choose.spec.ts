/** The choice of an executor, over sources that open or fail. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { type ExecutorChoice, type ExecutorSource, openExecutor, openExecutorFrom } from '../lib/choose.ts'
import { type Failure, failure } from '../lib/errors.ts'
import type { Executor } from '../lib/executor.ts'
import { reference } from '../lib/reference.ts'

const named = (name: Executor['name'], description: string): Executor => ({ ...reference, name, description })
const missing = (what: string): TE.TaskEither<Failure, Executor> => TE.left(failure('NoAdapter', what, 'install one'))

interface Machine {
  readonly hardware: boolean
  readonly software: boolean
  readonly onnx: boolean
}

/** A machine that has some executors and not others. */
const machine = ({ hardware, software, onnx }: Machine): ExecutorSource => ({
  webGpu: (adapter) =>
    hardware && adapter !== 'software'
      ? TE.right(named('webgpu', 'a card'))
      : software && adapter !== 'hardware'
        ? TE.right(named('webgpu', 'llvmpipe'))
        : missing(`no ${adapter} adapter`),
  onnx: () => (onnx ? TE.right(named('onnx', 'ONNX Runtime')) : missing('no ONNX Runtime')),
})

const taken = async (choice: ExecutorChoice, has: Machine): Promise<string> => {
  const opened = await openExecutorFrom(machine(has))(choice)()
  return E.isRight(opened) ? opened.right.description : `${opened.left.tag}: ${opened.left.what}`
}

const isChoice = (_: string): _ is ExecutorChoice => true
const unknown = (choice: string): ExecutorChoice => (isChoice(choice) ? choice : 'auto')

const [all, none] = [
  { hardware: true, software: true, onnx: true },
  { hardware: false, software: false, onnx: false },
]

describe('openExecutor', () => {
  it.each([
    ['auto', all, 'a card; a hardware adapter was found'],
    ['auto', { ...all, hardware: false }, 'ONNX Runtime; taken because there is no hardware GPU adapter'],
    [
      'auto',
      { ...none, software: true },
      'llvmpipe; taken because there is neither a hardware GPU nor ONNX Runtime, which is faster (install one)',
    ],
    [
      'auto',
      none,
      `${reference.description}; taken because nothing faster opens (no hardware adapter; no ONNX Runtime; no software adapter)`,
    ],
    ['gpu', all, 'a card; asked for'],
    ['gpu', { ...none, software: true, onnx: true }, 'llvmpipe; asked for'],
    ['gpu', { ...none, onnx: true }, 'NoAdapter: no auto adapter'],
    ['cpu', all, 'ONNX Runtime; asked for'],
    ['cpu', { ...all, onnx: false }, `${reference.description}; taken because nothing faster opens (no ONNX Runtime)`],
    ['onnx', none, 'NoAdapter: no ONNX Runtime'],
    // What JavaScript allows and the types do not.
    [unknown('webgl'), all, "NoAdapter: there is no executor 'webgl'"],
    ['reference', all, `${reference.description}; asked for`],
  ] as const)('%s on %o takes %s', async (choice, has, description) =>
    expect(await taken(choice, has)).toBe(description),
  )

  it('hands on where compiled programs are kept', async () => {
    const asked: unknown[] = []
    const source: ExecutorSource = {
      ...machine(none),
      onnx: (options) => {
        asked.push(options)
        return TE.right(named('onnx', 'ONNX Runtime'))
      },
    }
    for (const choice of ['auto', 'cpu', 'onnx'] as const)
      await openExecutorFrom(source)(choice, { cache: { folder: '/programs' } })()
    await openExecutorFrom(source)('onnx')()
    expect(asked).toEqual([...Array.from({ length: 3 }, () => ({ cache: { folder: '/programs' } })), {}])
  })

  it('opens on this machine', async () => {
    const opened = await openExecutor('auto')()
    expect(E.isRight(opened)).toBe(true)
    if (E.isRight(opened)) opened.right.release()
  })

  it('a module that cannot be loaded is a failure like any other', async () => {
    const broken: ExecutorSource = {
      ...machine(none),
      onnx: () => () => Promise.resolve(E.left(failure('NoAdapter', 'broken', 'mend it'))),
    }
    const opened = await openExecutorFrom(broken)('onnx')()
    expect(E.isLeft(opened) && opened.left.what).toBe('broken')
  })
})
