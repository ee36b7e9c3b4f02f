/** Programs that are kept: the bits of those that are compiled, whatever happens to the files; the folder stays within its size. */
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at, held } from '../../lib/at.ts'
import type { Executor, Program } from '../../lib/executor.ts'
import { openOnnx, openOnnxFrom } from '../../lib/onnx.ts'
import { installed } from '../../lib/onnx/installed.ts'
import { type CacheOptions, keptPrograms } from '../../lib/onnx/kept.ts'
import { lower } from '../../lib/onnx/lower.ts'
import type { OnnxLibrary, OnnxSession, OnnxSource } from '../../lib/onnx/runtime.ts'
import { axis } from '../../lib/axis.ts'
import { input } from '../../lib/ops/layout.ts'
import { add, exp, scale } from '../../lib/ops/pointwise.ts'
import { outputs } from '../../lib/program.ts'
import { openThreads } from '../../lib/scale/threads.ts'
import { right, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import { feedsFor, keptPrograms as programs, stateFor } from './kept-programs.ts'

type SessionOptions = Parameters<OnnxLibrary['InferenceSession']['create']>[1]

/** The levels at which sessions were optimised. */
const opening = (levels: string[]): OnnxSource => ({
  ...installed,
  runtime: async () => {
    const { InferenceSession, Tensor, env } = await installed.runtime()
    const create = (model: string | Uint8Array, options: SessionOptions): Promise<OnnxSession> => {
      levels.push(String(options.graphOptimizationLevel))
      return typeof model === 'string'
        ? InferenceSession.create(model, options)
        : InferenceSession.create(model, options)
    }
    return { InferenceSession: { create }, Tensor, env }
  },
})

/** All bits that three runs of a program give, its states after them included. */
const bitsOf = async (executor: Executor, program: Program): Promise<string> => {
  const prepared = await run(executor.prepare(program))
  await run(prepared.writeState(stateFor(program)))
  const all: unknown[] = []
  for (const round of [0, 1, 2]) all.push(await run(prepared.run(feedsFor(program, round))))
  all.push(await run(prepared.readState()))
  prepared.release()
  return JSON.stringify(all, (_, x: unknown) =>
    ArrayBuffer.isView(x) ? Buffer.from(x.buffer, x.byteOffset, x.byteLength).toString('base64') : x,
  )
}

/** What a new executor with such a cache gives, and the levels at which it opened sessions. */
const opened = async (program: Program, cache?: CacheOptions, threads = 2) => {
  const levels: string[] = []
  const executor = await run(openOnnxFrom(opening(levels))({ threads, ...(cache === undefined ? {} : { cache }) }))
  const bits = await bitsOf(executor, program)
  executor.release()
  return { bits, levels }
}

const named = (name: string): (() => Program) => held(new Map(Object.entries(programs)), name)
const lstm = named('a step of sampling from an LSTM')
const scores = named('its scores of rows')

describe('a program that was compiled before', () => {
  it.each(Object.entries(programs))('F20: is read and gives the same bits: %s', async (_, make) =>
    withFolder(async (folder) => {
      const program = make()
      const [plain, cold] = [await opened(program), await opened(program, { folder })]
      const files = readdirSync(folder)
      const warm = await opened(program, { folder })
      expect([plain.levels, cold.levels, warm.levels]).toEqual([['all'], ['all'], ['disabled']])
      expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.program$/u)])
      expect(readdirSync(folder)).toEqual(files)
      expect(cold.bits).toBe(plain.bits)
      expect(warm.bits).toBe(plain.bits)
    }),
  )

  it('is read by other threads, which may write it at the same time, under the same name', async () =>
    withFolder(async (folder) => {
      const program = lstm()
      const expected = await bitsOf(await run(openOnnx({ threads: 1 })), program)
      const { lanes, release } = await run(openThreads('onnx', 2, { cache: folder }))
      const found = await Promise.all(lanes.map(async (lane) => bitsOf(await run(lane), program)))
      expect(found).toEqual([expected, expected])
      release()
      expect(readdirSync(folder)).toHaveLength(1)
      expect((await opened(program, { folder }, 1)).levels).toEqual(['disabled'])
      expect((await opened(program, { folder }, 2)).levels).toEqual(['all']) // of two threads it is another session
      expect(readdirSync(folder)).toHaveLength(2)
    }))

  it('is not kept where it is small, nor where nobody asks', async () =>
    withFolder(async (folder) => {
      const n = axis('n', 3)
      await opened(outputs({ y: exp(input('x', n)) }), { folder })
      expect(readdirSync(folder)).toEqual([])
    }))
})

describe('a file that is not what was kept', () => {
  const spoil: Readonly<Record<string, (path: string, other: Uint8Array) => void>> = {
    'is empty': (path) => {
      writeFileSync(path, '')
    },
    'ends early': (path) => {
      truncateSync(path, statSync(path).size - 1)
    },
    'has another bit': (path) => {
      const bytes = readFileSync(path)
      bytes[bytes.length >> 1] = 1 ^ at(bytes, bytes.length >> 1)
      writeFileSync(path, bytes)
    },
    'is of another program': (path, other) => {
      writeFileSync(path, other)
    },
    'is a text': (path) => {
      writeFileSync(path, 'hello'.repeat(1000))
    },
  }

  it.each(Object.entries(spoil))('is compiled anew and kept again: it %s', async (_, change) =>
    withFolder(async (folder) => {
      const program = lstm()
      await opened(scores(), { folder })
      const [foreign = ''] = readdirSync(folder)
      const { bits } = await opened(program, { folder })
      const [path = ''] = readdirSync(folder).filter((name) => name !== foreign)
      change(join(folder, path), readFileSync(join(folder, foreign)))
      const [again, then] = [await opened(program, { folder }), await opened(program, { folder })]
      expect([again.levels, then.levels]).toEqual([['all'], ['disabled']])
      expect([again.bits, then.bits]).toEqual([bits, bits])
    }),
  )

  it('is compiled anew where ONNX Runtime does not read the model', async () =>
    withFolder(async (folder) => {
      const program = lstm()
      const { bits } = await opened(program, { folder })
      const model = new Uint8Array(1000)
      const levels: string[] = []
      const source = opening(levels)
      const keep: OnnxSource['keep'] = (cache, about) =>
        Promise.resolve({
          placeOf: (own) => {
            const place = keptPrograms(cache, about).placeOf(own)
            return place && { ...place, kept: async () => ({ compiled: lower(own), ...(await place.kept()), model }) }
          },
        })
      const executor = await run(openOnnxFrom({ ...source, keep })({ threads: 2, cache: { folder } }))
      expect(await bitsOf(executor, program)).toBe(bits)
      expect(levels).toEqual(['disabled', 'all'])
    }))
})

describe('the folder', () => {
  it('that cannot be written is told of once, and costs nothing', async () =>
    withFolder(async (parent) => {
      const folder = join(parent, 'file', 'programs')
      writeFileSync(join(parent, 'file'), '')
      const notes: string[] = []
      const note = (line: string): void => void notes.push(line)
      const executor = await run(openOnnx({ threads: 2, cache: { folder, note } }))
      for (const program of [lstm(), scores()])
        expect(await bitsOf(executor, program)).toBe((await opened(program)).bits)
      expect(notes).toEqual([expect.stringContaining(`compiled programs are not kept in ${folder}: `)])
    }))

  it('whose files cannot be read or replaced is no obstacle', async () =>
    withFolder(async (folder) => {
      const program = lstm()
      const { bits } = await opened(program, { folder })
      const path = join(folder, at(readdirSync(folder), 0))
      chmodSync(path, 0)
      expect((await opened(program, { folder })).bits).toBe(bits)
    }))

  const program = (i: number): Program => outputs({ y: add(scale(i)(input('x', axis('n', 3))), input('z')) })

  /** Keeps a model of so many bytes as that of program `i`. */
  const keep = async (cache: CacheOptions, i: number, bytes: number): Promise<void> => {
    const place = keptPrograms(cache, []).placeOf(program(i))
    const draft = (await place?.draft()) ?? ''
    writeFileSync(draft, new Uint8Array(bytes))
    await place?.keep(draft, lower(program(i)))
  }
  const isKept = async (cache: CacheOptions, i: number): Promise<boolean> =>
    (await keptPrograms(cache, []).placeOf(program(i))?.kept()) !== undefined

  it('holds at most so many bytes: those that were not used for longest go first', async () =>
    withFolder(async (folder) => {
      const cache = { folder, bytes: 35_000 }
      for (const i of [1, 2, 3]) await keep(cache, i, 10_000)
      readdirSync(folder).forEach((name) => utimesSync(join(folder, name), 1000, 1000))
      expect(await isKept(cache, 1)).toBe(true)
      expect(await isKept(cache, 3)).toBe(true)
      await keep(cache, 4, 10_000)
      expect(await Promise.all([1, 2, 3, 4].map((i) => isKept(cache, i)))).toEqual([true, false, true, true])
      const sizes = readdirSync(folder).map((name) => statSync(join(folder, name)).size)
      expect(sizes.reduce((a, b) => a + b)).toBeLessThan(35_000)
    }))

  it('has no place for one program of more than 64 MiB, and forgets what was being written an hour ago', async () =>
    withFolder(async (folder) => {
      const old = join(folder, 'x.partial')
      writeFileSync(old, '')
      utimesSync(old, 1000, 1000)
      await keep({ folder }, 1, 2 ** 26 + 1)
      expect(readdirSync(folder)).toEqual(['x.partial'])
      await keep({ folder }, 2, 100)
      expect(existsSync(old)).toBe(false)
      expect(readdirSync(folder)).toHaveLength(1)
    }))

  it('is of one library, runtime and processor: what else they say is another place', async () =>
    withFolder(async (folder) => {
      await keep({ folder }, 1, 100)
      expect(await isKept({ folder }, 1)).toBe(true)
      expect(await keptPrograms({ folder }, ['1.99']).placeOf(program(1))?.kept()).toBeUndefined()
      expect(right(await openOnnx({ cache: { folder } })()).name).toBe('onnx')
    }))
})
