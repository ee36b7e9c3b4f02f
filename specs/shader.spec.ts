import { fc, test } from '@fast-check/vitest'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { encodeParams, joinParts, locate, pipelineKey, type ShaderBody, shaderBody } from '../lib/shader.ts'

const body = (text: string): ShaderBody => ({
  entryPoint: 'made',
  bindings: [],
  params: { rows: { type: 'u32', offset: 0 }, shift: { type: 'i32', offset: 4 }, scale: { type: 'f32', offset: 8 } },
  paramsBytes: 16,
  text,
})

const line = fc.constantFrom('let x = 1u;', '', '// note', '}', 'fn f() {')
const part = fc.record({
  name: fc.constantFrom('a', 'b', 'c'),
  text: fc.array(line, { minLength: 1 }).map((ls) => ls.join('\n')),
})

describe('shader', () => {
  test.prop([fc.array(part, { minLength: 1, maxLength: 5 })], { seed: 1, numRuns: 200 })(
    'every line of a joined module is found again in its file',
    (parts) => {
      const lines = joinParts(parts).split('\n')
      lines.slice(1).forEach((text, i) => expect(locate(parts, i + 2).text).toBe(text))
      expect(lines.length).toBe(1 + parts.reduce((n, p) => n + p.text.split('\n').length, 0))
    },
  )

  it('puts directives first and keeps the numbers of lines', () => {
    const parts = [
      { name: 'a', text: '// a\nfn a() {}\n' },
      { name: 'b', text: 'enable subgroups;\nfn b() {}\n' },
    ]
    expect(joinParts(parts)).toBe('enable subgroups;\n// a\nfn a() {}\n\n\nfn b() {}\n')
    expect(locate(parts, 6)).toEqual({ file: 'b', line: 2, text: 'fn b() {}' })
  })

  test.prop([fc.nat(2 ** 32 - 1), fc.integer(), fc.float({ noNaN: true })], { seed: 2, numRuns: 200 })(
    'encodes parameters at their offsets',
    (rows, shift, scale) => {
      const bytes = encodeParams(body(''), { scale, shift, rows })
      if (E.isLeft(bytes)) throw new Error(bytes.left.what)
      const view = new DataView(bytes.right.buffer)
      expect([view.getUint32(0, true), view.getInt32(4, true), view.getFloat32(8, true)]).toEqual([rows, shift, scale])
    },
  )

  it('names missing and unknown parameters', () => {
    const wrong = encodeParams(body(''), { rows: 1, shfit: 2, scale: 3 })
    expect(E.isLeft(wrong) && wrong.left.facts['wrong']).toEqual(['shift', 'shfit'])
  })

  it('names a shader that does not exist', () => {
    const missing = shaderBody('contract_naïve')
    expect(E.isLeft(missing) && missing.left.what).toContain("'contract_naïve'")
  })

  it('keys pipelines by structure', () => {
    const key = pipelineKey(body('x'), ['a'], { TILE: 4, ROWS: 2 })
    expect(pipelineKey(body('x'), ['a'], { ROWS: 2, TILE: 4 })).toBe(key)
    for (const other of [
      pipelineKey(body('y'), ['a'], { TILE: 4, ROWS: 2 }),
      pipelineKey(body('x'), ['b'], { TILE: 4, ROWS: 2 }),
      pipelineKey(body('x'), ['a'], { TILE: 4, ROWS: 3 }),
    ]) {
      expect(other).not.toBe(key)
    }
  })
})
