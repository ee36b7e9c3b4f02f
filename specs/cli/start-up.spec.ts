/** What an answer of the command line loads: the modules that are reached by static imports, before any work begins. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { withFolder, writeFiles } from '../folder.ts'

const folder = fileURLToPath(new URL('../../lib/', import.meta.url))

/** What a compiled file loads: its imports and re-exports that are not of types alone. */
const loadedBy = (path: string): readonly string[] =>
  ts
    .createSourceFile(path, readFileSync(folder + path, 'utf8'), ts.ScriptTarget.ES2023)
    .statements.flatMap((statement) => {
      if (ts.isImportDeclaration(statement))
        return statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword ? [] : [statement.moduleSpecifier]
      return ts.isExportDeclaration(statement) && !statement.isTypeOnly && statement.moduleSpecifier !== undefined
        ? [statement.moduleSpecifier]
        : []
    })
    .flatMap((name) => (ts.isStringLiteral(name) ? [name.text] : []))
    .map((name) => (name.startsWith('.') ? posix.join(posix.dirname(path), name) : name))

/** All that these files load, files of lib and packages. */
const reached = (...from: readonly string[]): ReadonlySet<string> => {
  const found = new Set<string>()
  const queue = [...from]
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (found.has(path)) continue
    found.add(path)
    if (path.endsWith('.ts')) queue.push(...loadedBy(path))
  }
  return found
}

const grammars = ['gam', 'residual', 'earm', 'data', 'tilt', 'export', 'site', 'worker', 'jobs'].map(
  (name) => `cli/${name}-grammar.ts`,
)

/** Packages by their names, without the files in them. */
const packagesOf = (files: ReadonlySet<string>): readonly string[] =>
  [...new Set([...files].flatMap((f) => (f.endsWith('.ts') ? [] : [/^(@[^/]*\/)?[^/]*/.exec(f)?.[0] ?? f])))].sort()

describe('the top help', () => {
  const files = reached('cli/main.ts')

  it('loads the parser and the few pure parts that all commands share', () => {
    expect([...files].filter((f) => f.endsWith('.ts') && !f.startsWith('cli/')).sort()).toEqual([
      'at.ts',
      'breath.ts',
      'effect.ts',
      'errors.ts',
      'scale/queue/url.ts',
    ])
    expect(packagesOf(files)).toEqual(['@optique/core', 'fp-ts'])
  })
})

describe('the help of a command', () => {
  it('has a grammar in a file for each', () => {
    const named = readFileSync(`${folder}cli/grammar.ts`, 'utf8').match(/(?<=import\('\.\/)[\w-]+-grammar/g) ?? []
    expect([...new Set(named)].map((name) => `cli/${name}.ts`).sort()).toEqual([...grammars].sort())
    expect(grammars.filter((path) => !existsSync(folder + path))).toEqual([])
  })

  it.each(grammars)(
    '%s: loads settings and their codecs: no tensors, no automata, no reports, no native package',
    (path) => {
      const files = reached('cli/main.ts', path)
      const rooms = new Set([...files].flatMap((f) => (f.endsWith('.ts') ? [f.split('/')[0] ?? ''] : [])))
      expect(
        ['expr.ts', 'executor.ts', 'ops', 'automata', 'energy', 'report', 'onnx', 'device', 'train'].filter((r) =>
          rooms.has(r),
        ),
      ).toEqual([])
      expect(
        packagesOf(files).filter((p) => !['@optique/core', 'fp-ts', 'io-ts'].includes(p) && !p.startsWith('node:')),
      ).toEqual([])
      expect([...files].filter((f) => f.endsWith('.ts')).length).toBeLessThanOrEqual(60)
    },
  )
})

describe('a package', () => {
  it('without its build says so, and how README packs it', async () => {
    await withFolder(async (place) => {
      writeFiles(place, { 'package.json': '{ "type": "module" }' })
      cpSync(new URL('../../bin/', import.meta.url), join(place, 'bin'), { recursive: true })
      const { status, stderr } = spawnSync(process.execPath, [join(place, 'bin/exptilt.js'), '--version'], {
        encoding: 'utf8',
      })
      expect([status, stderr]).toEqual([
        2,
        expect.stringMatching(/^this package was packed without its build: .*\.\n$/u),
      ])
      const command = /`(npm pack[^`]*)` here/u.exec(
        readFileSync(new URL('../../README.md', import.meta.url), 'utf8'),
      )?.[1]
      expect(stderr).toContain(command)
    })
  })
})
