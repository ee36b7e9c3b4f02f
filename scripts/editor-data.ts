/** What the site's editor offers: the examples that run in a page, and the public names with their declarations. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Plugin } from 'esbuild'
import ts from 'typescript'
import { MODULES } from '../site/modules.ts'
import { markdownExamples, parseSource } from './documentation.ts'
import { type PublicName, publicNames } from './public-names.ts'
import { declarationOf, partsOf } from './reference-page.ts'

/** The longest declaration that stands beside a completion. */
const LONGEST = 400

interface Offered {
  readonly name: string
  readonly title: string
  readonly code: string
}

/** Whether a program imports nothing but what the page has, and asks nothing of Node. */
const runsInPage = (code: string): boolean =>
  [...code.matchAll(/from '([^']+)'/gu)].every(([, module = '']) => MODULES[module] !== undefined) &&
  !/\bprocess\.|import\.meta/u.test(code)

/** The text of a comment up to where its first sentence, or its first part, ends. */
const upTo = (end: RegExp, text: string): string =>
  (end.exec(text.trim())?.[0] ?? text).replaceAll('`', '').replace(/\s+/gu, ' ').replace(/[.:]$/u, '').trim()

const firstSentence = (text: string): string => upTo(/^[\s\S]*?(?<!\b(?:e\.g|Eq|al))\.(?=\s|$)/u, text)

const titleOf = (code: string): string => {
  const [, said = ''] = /\/\*\*([\s\S]*?)\*\//u.exec(code) ?? []
  return upTo(/^[\s\S]*?(?:(?<!\b(?:e\.g|Eq|al))\.|:)(?=\s|$)/u, said.replace(/^[ \t]*\* ?/gmu, ''))
}

/** README's program, and the examples that run in a page. */
export const offeredExamples = (root: string): readonly Offered[] => [
  ...markdownExamples('README.md', readFileSync(join(root, 'README.md'), 'utf8'))
    .slice(0, 1)
    .map(({ code }) => ({ name: 'readme', title: 'A gradient, from the first page', code: `${code}\n` })),
  ...readdirSync(join(root, 'examples'))
    .filter((name) => name.endsWith('.ts'))
    .map((name) => ({ name: name.replace(/\.ts$/u, ''), code: readFileSync(join(root, 'examples', name), 'utf8') }))
    .filter(({ code }) => runsInPage(code))
    .map(({ name, code }) => ({ name, title: titleOf(code), code })),
]

/** Namespaces that a module exports: `export * as automata from './automata/index.ts'`. */
const namespacesOf = (root: string, path: string): readonly (readonly [name: string, path: string])[] =>
  parseSource(path, readFileSync(join(root, path), 'utf8')).statements.flatMap((node) =>
    ts.isExportDeclaration(node) &&
    node.exportClause !== undefined &&
    ts.isNamespaceExport(node.exportClause) &&
    node.moduleSpecifier !== undefined &&
    ts.isStringLiteral(node.moduleSpecifier)
      ? [[node.exportClause.name.text, join(path, '..', node.moduleSpecifier.text)] as const]
      : [],
  )

interface Name {
  readonly name: string
  readonly kind: PublicName['kind'] | 'namespace'
  readonly signature: string
  readonly about: string
}

const nameOf =
  (root: string) =>
  (found: PublicName): Name => {
    const { name, kind, comment } = found
    const signature = declarationOf(root, found).replace(/\s+/gu, ' ')
    return {
      name,
      kind,
      signature: signature.length > LONGEST ? `${signature.slice(0, LONGEST)} …` : signature,
      about: firstSentence(partsOf(comment).text),
    }
  }

/** The entries of the package that pages have, and their names, those of namespaces aside. */
export const publicEntries = (root: string): readonly (readonly [entry: string, names: readonly Name[]])[] =>
  Object.entries(MODULES)
    .filter(([, path]) => path.startsWith('lib/'))
    .map(([entry, path]) => [entry, publicNames(root, path).map(nameOf(root))])

/** Names by module, as the editor completes them. */
export const completedNames = (root: string): Readonly<Record<string, readonly Name[]>> =>
  Object.fromEntries(
    publicEntries(root).flatMap(([entry, names]) => {
      const spaces = namespacesOf(root, MODULES[entry] ?? entry)
      const named = spaces.map(([name]) => ({
        name,
        kind: 'namespace' as const,
        signature: `namespace ${name}`,
        about: '',
      }))
      return [
        [entry, [...names, ...named]] as const,
        ...spaces.map(([name, from]) => [`${entry}.${name}`, publicNames(root, from).map(nameOf(root))] as const),
      ]
    }),
  )

/** A module of CommonJS with its names: bundlers give only its `default` to who imports it by an address. */
const named = (path: string): string => {
  const loaded: unknown = createRequire(import.meta.url)(path)
  const names = typeof loaded === 'object' && loaded !== null ? Object.keys(loaded) : []
  return `import * as all from '${path}'
${names.map((name, i) => `const _${i} = all[${JSON.stringify(name)}]`).join('\n')}
export { ${names.map((name, i) => `_${i} as ${name}`).join(', ')} }`
}

/** Modules that the build makes: what the editor offers, and those of fp-ts. */
export const editorData = (root: string): Plugin => ({
  name: 'editor data',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^exptilt-site\/(examples|names)$/ }, ({ path }) => ({ path, namespace: 'editor' }))
    onLoad({ filter: /examples$/, namespace: 'editor' }, () => ({
      contents: `export const examples = ${JSON.stringify(offeredExamples(root))}`,
    }))
    onLoad({ filter: /names$/, namespace: 'editor' }, () => ({
      contents: `export const names = ${JSON.stringify(completedNames(root))}`,
    }))
    onResolve({ filter: /^named:/ }, ({ path }) => ({ path: path.slice('named:'.length), namespace: 'named' }))
    onLoad({ filter: /.*/, namespace: 'named' }, ({ path }) => ({ contents: named(path), resolveDir: root }))
  },
})
