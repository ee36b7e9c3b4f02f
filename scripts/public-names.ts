/** What an entry of the package exports, found in the sources: names, with the declaration and the comment of each. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { parseSource } from './documentation.ts'

/** The entries of the package and their sources. */
export const entries: readonly (readonly [entry: string, path: string])[] = [
  ['exptilt', 'lib/index.ts'],
  ['exptilt/automata', 'lib/automata/index.ts'],
  ['exptilt/energy', 'lib/energy/index.ts'],
  ['exptilt/models', 'lib/models/index.ts'],
  ['exptilt/tilt', 'lib/tilt/index.ts'],
  ['exptilt/systems', 'lib/systems/index.ts'],
  ['exptilt/node', 'lib/node.ts'],
  ['exptilt/laws', 'lib/laws/index.ts'],
]

/** The entries, and the namespaces inside of them. */
export const rooms: readonly (readonly [room: string, path: string])[] = [
  ...entries,
  ['semiring', 'lib/semiring.ts'],
  ['automata.star', 'lib/automata/star.ts'],
  ['metrics', 'lib/metrics/index.ts'],
  ['eArm', 'lib/systems/e-arm/index.ts'],
  ['residual', 'lib/systems/residual/index.ts'],
]

/** An exported name: what it is, the file that declares it and its name there, and its comment as it stands. */
export interface PublicName {
  readonly name: string
  readonly kind: 'value' | 'type'
  readonly path: string
  readonly declared: string
  readonly comment: string
}

const targetOf = (path: string, { moduleSpecifier }: ts.ExportDeclaration): string | undefined =>
  moduleSpecifier !== undefined && ts.isStringLiteral(moduleSpecifier)
    ? join(path, '..', moduleSpecifier.text)
    : undefined

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const isType = (node: ts.Statement): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)

/** The names that a statement declares. */
export const namesOf = (node: ts.Statement): readonly string[] => {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText())
  const named = ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node) || isType(node)
  return named && node.name !== undefined ? [node.name.text] : []
}

const commentOf = (node: ts.Statement): string => {
  const before = node.getFullText().slice(0, node.getLeadingTriviaWidth())
  return before.slice(Math.max(0, before.lastIndexOf('/**'))).trim()
}

const handedOn = (node: ts.ExportDeclaration, target: string, root: string): readonly PublicName[] => {
  const below = publicNames(root, target)
  if (node.exportClause === undefined) return below
  if (!ts.isNamedExports(node.exportClause)) return []
  return node.exportClause.elements.flatMap(({ name, propertyName, isTypeOnly }) =>
    below
      .filter((each) => each.name === (propertyName ?? name).text)
      .filter(({ kind }) => kind === 'type' || !(isTypeOnly || node.isTypeOnly))
      .map((each) => ({ ...each, name: name.text })),
  )
}

const read = (root: string, path: string): readonly PublicName[] =>
  parseSource(path, readFileSync(join(root, path), 'utf8')).statements.flatMap((node): readonly PublicName[] => {
    if (ts.isExportDeclaration(node)) {
      const target = targetOf(path, node)
      return target === undefined ? [] : handedOn(node, target, root)
    }
    const kind = isType(node) ? 'type' : 'value'
    return isExported(node)
      ? namesOf(node).map((name) => ({ name, kind, path, declared: name, comment: commentOf(node) }))
      : []
  })

const known = new Map<string, readonly PublicName[]>()

/** The names that the module at `path` (from `root`) exports, those of namespaces aside. A file is read once. */
export const publicNames = (root: string, path: string): readonly PublicName[] => {
  const file = join(root, path)
  const found = known.get(file) ?? read(root, path)
  known.set(file, found)
  return found
}

/** The values among them. */
export const publicValues = (root: string, path: string): readonly PublicName[] =>
  publicNames(root, path).filter(({ kind }) => kind === 'value')

/** Names by which entries mean different things, each with the declarations that it stands for. */
export const collisions = (
  named: readonly (readonly [entry: string, names: readonly PublicName[]])[],
): readonly string[] => {
  const meanings = new Map<string, Map<string, string>>()
  for (const [entry, names] of named)
    for (const { name, path, declared } of names) {
      const known = meanings.get(name) ?? new Map<string, string>()
      const thing = `${path}: ${declared}`
      meanings.set(name, known.set(thing, known.get(thing) ?? entry))
    }
  return [...meanings].flatMap(([name, things]) =>
    things.size > 1 ? [`${name}: ${[...things.values()].sort().join(', ')}`] : [],
  )
}
