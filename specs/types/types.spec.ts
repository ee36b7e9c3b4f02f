/**
 * The type tests, read by the compiler itself.
 *
 * `tsc` already fails where a `@ts-expect-error` of specs/types/negative/ has no error under it. This spec takes the
 * comments away and compares what the compiler then says with the codes they announce, line by line, so that a typing
 * mistake in a test (an unknown name, say) cannot pass for the error it was written for.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = join(root, 'specs/types/negative')
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(folder, name))

const DIRECTIVE = /^ *\/\/ @ts-expect-error (TS\d+(?: TS\d+)*)$/

/** `file:line codes` for every line under a directive. */
const announced = files.flatMap((path) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line, i) => {
      const codes = DIRECTIVE.exec(line)?.[1]
      return codes === undefined ? [] : [`${basename(path)}:${i + 2} ${codes}`]
    }),
)

const compile = (names: readonly string[]): ts.Program => {
  const { options } = ts.parseJsonSourceFileConfigFileContent(
    ts.readJsonConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)),
    { ...ts.sys, readDirectory: () => [] },
    root,
  )
  const host = ts.createCompilerHost(options)
  const readFile = (path: string): string | undefined => {
    const text = ts.sys.readFile(path)
    return files.includes(path) ? text?.replaceAll('@ts-expect-error', 'expected:') : text
  }
  const getSourceFile = (
    path: string,
    version: ts.ScriptTarget | ts.CreateSourceFileOptions,
  ): ts.SourceFile | undefined => {
    const text = readFile(path)
    return text === undefined ? undefined : ts.createSourceFile(path, text, version)
  }
  return ts.createProgram({ rootNames: names, options, host: { ...host, readFile, getSourceFile } })
}

/** `file:line codes` for every line with errors. */
const found = (program: ts.Program): readonly string[] =>
  files.flatMap((path) => {
    const source = program.getSourceFile(path)
    const errors = program.getSemanticDiagnostics(source).map(({ code, start = 0 }) => ({
      line: (source?.getLineAndCharacterOfPosition(start).line ?? 0) + 1,
      code: `TS${code}`,
    }))
    return [...new Set(errors.map(({ line }) => line))]
      .sort((x, y) => x - y)
      .map((line) => {
        const codes = new Set(errors.filter((error) => error.line === line).map(({ code }) => code))
        return `${basename(path)}:${line} ${[...codes].sort().join(' ')}`
      })
  })

const positive = join(root, 'specs/types/positive.ts')

describe('types', () => {
  const program = compile([positive, ...files])

  /** What one layer, one scan and twenty operations cost the compiler, on top of nothing: the program is fresh. */
  it('costs few instantiations', { timeout: 60_000 }, () => {
    const wrong = program.getSemanticDiagnostics(program.getSourceFile(positive))
    expect(wrong.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([])
    expect(program.getInstantiationCount()).toBeLessThan(5_000)
  })

  it('F16: at least 100 wrong programs do not compile, each for the reason it announces', { timeout: 60_000 }, () => {
    expect(announced.length).toBeGreaterThanOrEqual(100)
    expect(found(program)).toEqual(announced)
  })
})
