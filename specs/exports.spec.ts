/**
 * What a file of `lib/` exports, somebody reads: another file, an index, a spec, an example, a script, a document. A name that nobody
 * reads is an inner part, or nothing.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

/** What a file gives to others under a name, and what it reads of others: a name, or `*` for everything. */
interface Source {
  readonly path: string
  readonly declared: readonly string[]
  readonly reads: readonly Read[]
  /** Names that it passes on from another file under its own; `*` passes on all. */
  readonly passed: readonly (Read & { readonly as: string })[]
}

interface Read {
  readonly from: string
  readonly name: string
}

/** The file of `lib/` that a module name means, if it is one. */
const target = (path: string, module: string): string | undefined => {
  if (module === 'exptilt') return 'lib/index.ts'
  const name = module.startsWith('exptilt/')
    ? `lib/${module.slice('exptilt/'.length)}.ts`
    : posix.join(posix.dirname(path), module).replace(/^dist\/(.*)\.js$/, 'lib/$1.ts')
  return module.startsWith('.') || module.startsWith('exptilt/') ? name : undefined
}

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some((m) => m.kind === ts.SyntaxKind.ExportKeyword)

const boundBy = (name: ts.BindingName): readonly string[] =>
  ts.isIdentifier(name)
    ? [name.text]
    : name.elements.flatMap((element) => (ts.isBindingElement(element) ? boundBy(element.name) : []))

const declaredBy = (node: ts.Statement): readonly string[] => {
  if (!isExported(node)) return []
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.flatMap(({ name }) => boundBy(name))
  return (ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node)) &&
    node.name !== undefined
    ? [node.name.text]
    : []
}

/** Names that are read of a namespace: `of.NAME`. */
const readOf = (file: ts.SourceFile, namespace: string): readonly string[] => {
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === namespace)
      names.push(node.name.text)
    if (ts.isQualifiedName(node) && ts.isIdentifier(node.left) && node.left.text === namespace)
      names.push(node.right.text)
    ts.forEachChild(node, visit)
  }
  visit(file)
  return names
}

const importedBy = (file: ts.SourceFile, from: string, clause: ts.ImportClause | undefined): readonly Read[] => {
  const named = clause?.namedBindings
  if (named === undefined) return []
  const names = ts.isNamespaceImport(named)
    ? readOf(file, named.name.text)
    : named.elements.map((element) => (element.propertyName ?? element.name).text)
  return names.map((name) => ({ from, name }))
}

const passedBy = (from: string, clause: ts.NamedExportBindings | undefined): Source['passed'] =>
  clause === undefined
    ? [{ from, name: '*', as: '*' }]
    : ts.isNamespaceExport(clause)
      ? [{ from, name: '*', as: clause.name.text }]
      : clause.elements.map((element) => ({
          from,
          name: (element.propertyName ?? element.name).text,
          as: element.name.text,
        }))

const sourceOf = (path: string, text: string): Source => {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const reads: Read[] = []
  const passed: Source['passed'][number][] = []
  for (const node of file.statements) {
    const module = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) ? node.moduleSpecifier : undefined
    const from = module !== undefined && ts.isStringLiteral(module) ? target(path, module.text) : undefined
    if (from === undefined) continue
    if (ts.isImportDeclaration(node)) reads.push(...importedBy(file, from, node.importClause))
    if (ts.isExportDeclaration(node)) passed.push(...passedBy(from, node.exportClause))
  }
  const loaded = [...text.matchAll(/import\('([^']+)'\)/g)].flatMap(([, module = '']) => target(path, module) ?? [])
  return {
    path,
    declared: [...file.statements.flatMap(declaredBy), ...passed.flatMap(({ as }) => (as === '*' ? [] : [as]))],
    reads: [...reads, ...loaded.map((from) => ({ from, name: '*' }))],
    passed,
  }
}

/** What a document points at: a name in a file of `lib/`. */
const document = (path: string, text: string): Source => ({
  path,
  declared: [],
  reads: [...text.matchAll(/\[`(\w+)`\]\((?:\.\.\/)*(lib\/[^)#]+)\)/g)].map(([, name = '', from = '']) => ({
    from,
    name,
  })),
  passed: [],
})

/** Exported names, as `path: name`, that no other file reads and no index or entry of the package passes on. */
const unread = (sources: readonly Source[], entries: readonly string[] = []): readonly string[] => {
  const isPublic = (path: string): boolean => path.endsWith('index.ts') || entries.includes(path)
  const byPath = new Map(sources.map((source) => [source.path.replace(/\/index\.ts$/, '.ts'), source]))
  for (const source of sources) byPath.set(source.path, source)
  const read = new Set<string>()
  const mark = ({ from, name }: Read): void => {
    if (read.has(`${from}: ${name}`)) return
    read.add(`${from}: ${name}`)
    const source = byPath.get(from)
    for (const each of source?.passed ?? [])
      if (each.as === '*') mark({ from: each.from, name })
      else if (each.as === name || name === '*') mark(each)
  }
  for (const { path, reads, passed } of sources) {
    reads.forEach(mark)
    if (isPublic(path)) passed.forEach(mark)
  }
  return sources
    .filter(({ path }) => path.startsWith('lib/') && !path.startsWith('lib/generated/') && !isPublic(path))
    .flatMap(({ path, declared }) =>
      read.has(`${path}: *`) ? [] : declared.map((name) => `${path}: ${name}`).filter((name) => !read.has(name)),
    )
}

const root = fileURLToPath(new URL('../', import.meta.url))

/** The files that users import, or a bundler for them. */
const entries: readonly string[] = [
  ...readFileSync(join(root, 'package.json'), 'utf8').matchAll(/"\.\/dist\/([^"]+)\.js"/g),
].map(([, name = '']) => `lib/${name}.ts`)

describe('exports', () => {
  it('are read by somebody', () => {
    const planted = [
      sourceOf(
        'lib/a.ts',
        'export const used = 1\nexport interface Lost { readonly x: number }\nexport * from "./b.ts"',
      ),
      sourceOf('lib/b.ts', 'export const [passed, left] = [1, 2]\nexport type Public = 1'),
      sourceOf('lib/x/index.ts', `export { type Public } from '../b.ts'`),
      sourceOf(
        'specs/a.spec.ts',
        `import * as a from '../lib/a.ts'\nimport { used } from '../lib/a.ts'\na.passed(used)`,
      ),
    ]
    const told = [...planted, document('docs/a.md', 'see [`Lost`](../lib/a.ts) and [`left`](../lib/b.ts)')]
    expect(unread(told)).toEqual([])
    expect(unread(planted)).toEqual(['lib/a.ts: Lost', 'lib/b.ts: left'])

    const sources = ['lib', 'specs', 'bench', 'examples', 'scripts', 'bin', 'docs'].flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.(?:[jt]s|md)$/.test(path))
        .map((path) => posix.join(folder, path))
        .map((path) => (path.endsWith('.md') ? document : sourceOf)(path, readFileSync(join(root, path), 'utf8'))),
    )
    expect(sources.length).toBeGreaterThan(500)
    expect(entries).toContain('lib/index.ts')
    expect(unread(sources, entries)).toEqual([])
  })
})
