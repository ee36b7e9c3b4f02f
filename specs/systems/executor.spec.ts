/** The executor of a run: named in its progress, and not opened for options that are wrong. */
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { held } from '../../lib/at.ts'
import { failure } from '../../lib/errors.ts'
import { input } from '../../lib/ops/layout.ts'
import { outputs, program } from '../../lib/program.ts'
import { onExecutor } from '../../lib/systems/executor.ts'
import { describeOnDevice } from '../adapter.ts'
import { left, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import { keptPrograms } from '../onnx/kept-programs.ts'

const work = () => outputs({ x: input('x') })
const valid = E.right({ device: 'reference', seed: 3 } as const)

describe('on an executor', () => {
  it('computes with the options that are valid, and says on what', async () => {
    const notes: string[] = []
    const found = await run(
      onExecutor(
        valid,
        { progress: { note: (line) => void notes.push(line) } },
        work,
      )(async ({ run: inner, executor, options }) => {
        const prepared = await inner(executor.prepare(outputs({ x: input('x') })))
        const out = await inner(prepared.run({ x: Float64Array.of(options.seed) }))
        return out.x?.data[0]
      }),
    )
    expect([found, notes]).toEqual([3, [expect.stringMatching(/asked for$/)]])
  })

  it('wrong options, and what fails on it, are the failure', async () => {
    const [wrong, later] = [failure('Usage', 'a flag', 'leave it out'), failure('Format', 'a file', 'give another')]
    const notes: string[] = []
    const told = { progress: { note: (line: string) => void notes.push(line) } }
    const never: E.Either<typeof wrong, { readonly device: 'reference' }> = E.left(wrong)
    expect(left(await onExecutor(never, told, work)(() => Promise.resolve(1))())).toBe(wrong)
    expect(notes).toEqual([])
    const broken = onExecutor(valid, told, work)(({ run: inner }) => inner(() => Promise.resolve(E.left(later))))
    expect(left(await broken())).toBe(later)
  })

  it('a signal that was aborted stops what it prepares and runs, whoever forgot to look; state can still be read', async () => {
    const stopped = new AbortController()
    const told = { progress: { note: () => undefined }, signal: stopped.signal }
    const state = { x: input('x') }
    await run(
      onExecutor(
        valid,
        told,
        work,
      )(async ({ run: inner, executor }) => {
        const prepared = await inner(executor.prepare(program(state, state, { y: state.x })))
        stopped.abort()
        expect(left(await prepared.run({})()).tag).toBe('Interrupted')
        expect(left(await executor.prepare(outputs({ y: state.x }))()).tag).toBe('Interrupted')
        expect(Object.keys(await inner(prepared.readState()))).toEqual(['x'])
      }),
    )
    expect(left(await onExecutor(valid, told, work)(() => Promise.resolve(1))()).tag).toBe('Interrupted')
  })

  it('has as many lanes as workers are asked for, says so, and ends them with it', async () => {
    const notes: string[] = []
    const told = { progress: { note: (line: string) => void notes.push(line) } }
    const lanes = await run(
      onExecutor(
        E.right({ device: 'reference', workers: 2 } as const),
        told,
        work,
      )(async ({ executor }) => executor.lanes ?? []),
    )
    expect(lanes).toHaveLength(2)
    expect(notes).toEqual([expect.stringMatching(/asked for$/), expect.stringMatching(/^2 workers: /)])
    for (const lane of lanes) expect(left(await lane()).what).toBe('the executor was released')
    expect(await run(onExecutor(valid, told, work)(async ({ executor }) => executor.lanes))).toBeUndefined()
  })

  it('keeps compiled programs where it is told, its workers do too, and nowhere else', async () =>
    withFolder(async (folder) => {
      const program = held(new Map(Object.entries(keptPrograms)), 'its scores of rows')()
      const asked = E.right({ device: 'onnx', workers: 1 } as const)
      const use = (programs: string | undefined, on: 'itself' | 'a worker') =>
        run(
          onExecutor(
            asked,
            { progress: { note: () => undefined }, programs },
            work,
          )(async ({ run: inner, executor }) => {
            const [lane = TE.right(executor)] = on === 'itself' ? [] : (executor.lanes ?? [])
            await inner((await inner(lane)).prepare(program))
          }),
        )
      await use(undefined, 'itself')
      expect(readdirSync(folder)).toHaveLength(0)
      await use(folder, 'itself')
      expect(readdirSync(folder)).toHaveLength(1)
      await use(folder, 'a worker')
      expect(readdirSync(folder)).toHaveLength(availableParallelism() === 1 ? 1 : 2)
    }))
})

await describeOnDevice('on a GPU', () => {
  it('workers are refused: they compute on the processor', async () => {
    const asked = E.right({ device: 'gpu', workers: 2 } as const)
    const found = left(await onExecutor(asked, { progress: { note: () => undefined } }, work)(async () => 1)())
    expect([found.tag, found.remedy]).toEqual(['Usage', 'leave --workers out, or give --device cpu'])
  })

  it('auto takes none', async () => {
    const asked = E.right({ device: 'gpu', workers: 'auto' } as const)
    const told = { progress: { note: () => undefined } }
    expect(await run(onExecutor(asked, told, work)(async ({ executor }) => executor.lanes))).toBeUndefined()
  })
})
