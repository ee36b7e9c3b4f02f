/** ONNX Runtime as WebAssembly, which Node runs too: the executor of browsers. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { installed } from '../../lib/onnx/installed-web.ts'
import { openOnnxFrom } from '../../lib/onnx.ts'
import { input } from '../../lib/ops/layout.ts'
import { add } from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { program } from '../../lib/program.ts'
import { left, run } from '../either.ts'
import { lawComparisons } from '../executor-laws.ts'

const open = () => run(openOnnxFrom(installed)())
const executor = await open()

describe('the executor of browsers', () => {
  it('says what it is', () => {
    expect(executor.description).toMatch(/^ONNX Runtime 1\.\d+\.\d+ \(WebAssembly, 1 thread\)$/)
    expect(executor.name).toBe('onnx')
  })

  it('writes the next state into the arrays that it is handed', async () => {
    const n = axis('n', 3)
    const [x, total] = [input('x', n), input('total', n)]
    const prepared = await run(
      executor.prepare(program<string, string>({ total }, { total: add(total, x) }, { sum: sum(n)(add(total, x)) })),
    )
    const feeds = { x: Float32Array.of(1, 2, 3) }
    await run(prepared.run(feeds, []))
    expect((await run(prepared.run(feeds)))['sum']?.data).toEqual(Float32Array.of(12))
    expect((await run(prepared.readState()))['total']?.data).toEqual(Float32Array.of(2, 4, 6))
    prepared.release()
  })

  it.for(lawComparisons(open))('$title', { timeout: 120_000 }, async ({ complaints }) => {
    expect(await complaints(executor)).toEqual([])
  })

  it('that cannot be had is one sentence with what to do', async () => {
    const failed = async (reason: string) =>
      left(await openOnnxFrom({ ...installed, runtime: () => Promise.reject(new TypeError(reason)) })()())
    // What Chromium, Firefox and a bundle of vite say of a package that is not there.
    for (const reason of [
      "Failed to resolve module specifier 'onnxruntime-web/wasm'",
      'The specifier “onnxruntime-web/wasm” was a bare specifier, but was not remapped to anything.',
      'Could not resolve "onnxruntime-web" imported by "exptilt". Is it installed?',
    ])
      expect(await failed(reason)).toMatchObject({
        tag: 'NoAdapter',
        what: 'the package onnxruntime-web is not installed',
        remedy: 'run npm install onnxruntime-web, or choose another device',
      })
    const library = await installed.runtime()
    const create = () => Promise.reject(new Error('no available backend found. ERR: [cpu] WebAssembly is off\nmore'))
    const broken = { ...installed, runtime: () => Promise.resolve({ ...library, InferenceSession: { create } }) }
    expect(left(await openOnnxFrom(broken)()())).toMatchObject({
      tag: 'NoAdapter',
      what: 'the package onnxruntime-web cannot be loaded (no available backend found. ERR: [cpu] WebAssembly is off)',
      remedy:
        'serve ort-wasm-simd-threaded.wasm beside the script and use a browser with WebAssembly, or choose another device',
    })
  })
})
