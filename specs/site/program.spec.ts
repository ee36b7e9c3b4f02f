/** Programs of the editor, made ready: types go, lines stay, imports become addresses, complaints say where. */
import { describe, expect, it } from 'vitest'
import * as E from 'fp-ts/lib/Either.js'
import { fileURLToPath } from 'node:url'
import { completedNames, offeredExamples } from '../../scripts/editor-data.ts'
import { MODULES } from '../../site/modules.ts'
import { complaintOf, missingName, prepareProgram, type Ready } from '../../site/program.ts'
import { failure, raise } from '../../lib/errors.ts'
import { at } from '../../lib/at.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const ready = (source: string): Ready => {
  const found = prepareProgram(source)
  if (E.isLeft(found)) throw new Error(found.left.sentence)
  return found.right
}

const code = (source: string): string => ready(source).code((module) => `at:${module}`)

const complaint = (source: string) => {
  const found = prepareProgram(source)
  return E.isLeft(found) ? found.left : 'nothing was complained of'
}

/** What a module of the table exports. */
const moduleOf = async (name: string): Promise<object> => {
  const path = MODULES[name] ?? name
  const found: unknown = await import(path.startsWith('lib/') ? `../../${path}` : path)
  return typeof found === 'object' && found !== null ? found : {}
}

describe('a program', () => {
  it('loses its types and no line, and its imports become addresses', () => {
    const source = `import { axis, type Axis } from 'exptilt'
import type { Tensor } from 'exptilt/models'
interface Row {
  readonly a: number
}
export * from "exptilt/energy"
const n: Axis<'n'> = axis('n', 2)
const later = await import('fast-check')
console.log(n satisfies unknown, 'exptilt')`
    const made = code(source).split('\n')
    expect(at(made, 0)).toContain('from "at:exptilt"')
    expect(made.join('\n')).not.toContain('interface')
    expect(at(made, 1).trim()).toBe('')
    expect(at(made, 5)).toBe('export * from "at:exptilt/energy"')
    expect(at(made, 7)).toBe('const later = await import("at:fast-check")')
    expect(at(made, 8)).toBe("console.log(n , 'exptilt')")
    expect(ready(source).imports.map(({ module, names, line }) => [module, names, line])).toEqual([
      ['exptilt', ['axis'], 1],
      ['exptilt/energy', [], 6],
      ['fast-check', [], 8],
    ])
  })

  it('that imports what is not here is told what is', () => {
    expect(complaint("\nimport { readFileSync } from 'node:fs'\nreadFileSync('x')")).toEqual({
      sentence: expect.stringMatching(/^line 2: 'node:fs' is not in this page: import of exptilt, /u),
      line: 2,
    })
    expect(complaint("await import('./own.ts')")).toMatchObject({ line: 1 })
  })

  it('that is none is told where', () => {
    expect(complaint('const x = 1\nconst y = = 2\n')).toEqual({
      sentence: expect.stringMatching(/^line 2: .*: write it as TypeScript has it\.$/u),
      line: 2,
    })
    expect(complaint('a'.repeat(10_000_000))).toEqual({
      sentence: 'the program has 10000000 characters: write at most 200000.',
    })
  })

  it('that imports a name that a module has not is told so', () => {
    const imported = at(ready("import { axis, entropy as e } from 'exptilt'\naxis(e)").imports, 0)
    expect(missingName(imported, (name) => name !== 'entropy')).toEqual({
      sentence: expect.stringMatching(/^line 1: exptilt has no entropy: /u),
      line: 1,
    })
    expect(missingName(imported, () => true)).toBeUndefined()
  })

  it('that throws is told the last of its lines that was passed', () => {
    const thrown = new TypeError('x is not a function')
    thrown.stack =
      'TypeError: x\n    at sum (http://site/modules/exptilt.js:1:22)\n    at program.ts:7:3\n    at program.ts:2:1'
    expect(complaintOf(thrown)).toEqual({ sentence: 'line 7: TypeError: x is not a function', line: 7 })
    expect(complaintOf('no error')).toEqual({ sentence: 'thrown: no error' })
    const own = E.tryCatch(
      () => raise(failure('Usage', 'n is 0', 'give 1 or more')),
      (error) => error,
    )
    expect(E.isLeft(own) ? complaintOf(own.left) : own).toEqual({ sentence: 'n is 0: give 1 or more.' })
  })
})

describe('what the editor offers', () => {
  const offered = offeredExamples(root)

  it('is the first program and the examples that need no Node', () => {
    const names = offered.map(({ name }) => name)
    expect(at(names, 0)).toBe('readme')
    expect(names).toContain('05-lstm')
    for (const none of ['09-gpu', '14-tilt-onnx-model', '16-transformers-js']) expect(names).not.toContain(none)
    expect(names.length).toBeGreaterThan(20)
    expect(offered.filter(({ title }) => title === '' || title.length > 120)).toEqual([])
  })

  it.for(offered.map(({ name, code: text }) => [name, text] as const))('%s imports what is there', async ([, text]) => {
    for (const imported of ready(text).imports) {
      const module = await moduleOf(imported.module)
      expect(missingName(imported, (name) => name in module)).toBeUndefined()
    }
  })

  it('completes every value of each entry, with its declaration and a sentence', async () => {
    const names = completedNames(root)
    const written = JSON.stringify(names)
    for (const entry of ['exptilt', 'exptilt/automata', 'exptilt/tilt', 'exptilt/laws']) {
      const given = JSON.stringify(names[entry])
      const missing = Object.keys(await moduleOf(entry)).filter((name) => !given.includes(`{"name":"${name}"`))
      expect([entry, missing]).toEqual([entry, []])
    }
    expect(JSON.stringify(names['exptilt.automata'])).toContain(
      '{"name":"entropy","kind":"value","signature":"const entropy: ',
    )
    expect(written.length).toBeLessThan(1_000_000)
  })
})
