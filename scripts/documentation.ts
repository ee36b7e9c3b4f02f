/**
 * What the documentation says, as data: undocumented exports, the examples of doc comments and markdown, local links,
 * and the rows of the equations page. specs/docs.spec.ts checks each against the sources.
 */
import { dirname, relative, resolve } from 'node:path'
import ts from 'typescript'

/** A runnable piece of documentation: where it stands (`path:line`), the file it belongs to, and its code. */
export interface Example {
  readonly place: string
  readonly path: string
  readonly code: string
}

/** A source file as a tree. */
export const parseSource = (path: string, text: string): ts.SourceFile =>
  ts.createSourceFile(path, text, ts.ScriptTarget.ES2023, true)

const isExported = (node: ts.Statement): boolean =>
  ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)

const declaredNames = (node: ts.Statement): readonly string[] => {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText())
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isEnumDeclaration(node) ||
    ts.isModuleDeclaration(node)
  return named && node.name !== undefined ? [node.name.text] : []
}

/** The names that a source file exports by declaring them. */
export const exportedNames = (path: string, text: string): readonly string[] =>
  parseSource(path, text).statements.filter(isExported).flatMap(declaredNames)

/** The exported declarations that have no doc comment. */
export const undocumented = (path: string, text: string): readonly string[] => {
  const exported = parseSource(path, text).statements.filter(isExported)
  const documented = new Set(
    exported.filter((node) => ts.getJSDocCommentsAndTags(node).length > 0).flatMap(declaredNames),
  )
  return exported.flatMap(declaredNames).filter((name) => !documented.has(name))
}

const lineOf = (text: string, at: number): number => text.slice(0, at).split('\n').length

/** The body of an `@example`: its fenced code where it has a fence, else everything up to the next tag. */
export const exampleCode = (body: string): string => {
  const fenced = /```(?:ts|typescript)?\n([\s\S]*?)```/.exec(body)
  return (fenced?.[1] ?? body.replace(/\n@[a-z][\s\S]*$/, '')).trim()
}

/** The `@example` blocks of a source file's doc comments. */
export const commentExamples = (path: string, text: string): readonly Example[] =>
  [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((comment) => {
    const plain = comment[0].replace(/^\/\*\*|\*\/$/g, '').replace(/^[ \t]*\* ?/gm, '')
    return plain
      .split(/^\s*@example\b/m)
      .slice(1)
      .map((body) => ({ place: `${path}:${lineOf(text, comment.index)}`, path, code: exampleCode(body) }))
  })

/** The fenced `ts` blocks of a markdown page. */
export const markdownExamples = (path: string, text: string): readonly Example[] =>
  [...text.matchAll(/^```ts\n([\s\S]*?)^```/gm)].map((block) => ({
    place: `${path}:${lineOf(text, block.index)}`,
    path,
    code: (block[1] ?? '').trim(),
  }))

/** Whether code has a name of its own: no property, no word of a string; a spread of it counts. */
const mentions = (code: string, name: string): boolean =>
  new RegExp(`(?:(?<![\\w.$'"/-])|(?<=\\.\\.\\.))${name}(?![\\w$'":-])`).test(code)

/** Whether code declares a name itself, or imports it: alone, or among others in brackets. */
const declares = (code: string, name: string): boolean =>
  [
    `\\b(const|let|function|type|interface)[ \\t]+${name}\\b`,
    `import[^;]*?\\b${name}\\b[^;]*?from`,
    `\\b(const|let)[ \\t]*[[{][^=]*\\b${name}\\b[^=]*[\\]}][ \\t]*=`,
  ].some((pattern) => new RegExp(pattern).test(code))

/** A name that an example may use without saying where it comes from, and the import that brings it. */
interface InScope {
  readonly name: string
  readonly specifier: string
  readonly clause: string
}

const importedNames = (node: ts.ImportDeclaration): readonly InScope[] => {
  const specifier = ts.isStringLiteral(node.moduleSpecifier) ? node.moduleSpecifier.text : ''
  const bindings = node.importClause?.namedBindings
  if (bindings === undefined) return []
  if (ts.isNamespaceImport(bindings)) return [{ name: bindings.name.text, specifier, clause: bindings.getText() }]
  return bindings.elements.map((each) => ({ name: each.name.text, specifier, clause: `{ ${each.getText()} }` }))
}

/** What the reader of a doc comment sees around it: the file's exports and its imports. */
const scope = (path: string, text: string): readonly InScope[] => {
  const own = `./${path.split('/').at(-1) ?? ''}`
  return [
    ...exportedNames(path, text).map((name) => ({ name, specifier: own, clause: `{ ${name} }` })),
    ...parseSource(path, text).statements.filter(ts.isImportDeclaration).flatMap(importedNames),
  ]
}

const SHOWN = /^(\S.*?)\s*\/\/ => (.*)$/gm

/** Lines `expression // => value` as checks that the expression has that value. */
const withValues = (code: string): string => code.replace(SHOWN, 'await shows($1, $2)')

/**
 * An example as a module of its own in `folder`. Relative imports are read from the documented file's own folder, and
 * what that file exports and imports is in scope, as it is for the reader of the comment; so are the names of `shared`, each with
 * the entry that exports it. A line `expression // => value` is checked.
 */
export const exampleModule = (
  root: string,
  folder: string,
  example: Example,
  text: string,
  shared: readonly Pick<InScope, 'name' | 'specifier'>[] = [],
): string => {
  const from = (specifier: string): string => {
    if (!specifier.startsWith('.')) return specifier
    const path = relative(resolve(root, folder), resolve(root, dirname(example.path), specifier))
    return path.startsWith('.') ? path : `./${path}`
  }
  const code = example.code.replace(
    /(from |import\()'(\.[^']*)'/g,
    (_, how: string, path: string) => `${how}'${from(path)}'`,
  )
  const own = example.path.endsWith('.ts') ? scope(example.path, text) : []
  const others = example.path.endsWith('.ts') ? shared.filter(({ name }) => !own.some((one) => one.name === name)) : []
  const given = [...own, ...others.map((other) => ({ ...other, clause: `{ ${other.name} }` }))]
  const prologue = given
    .filter(({ name }) => mentions(code, name) && !declares(code, name))
    .map(({ clause, specifier }) => `import ${clause} from '${from(specifier)}'\n`)
  const shows = relative(resolve(root, folder), resolve(root, 'scripts/shown-values.ts'))
  const helper = code.includes('// => ') ? `import { shows } from '${shows}'\n` : ''
  return `${helper}${prologue.join('')}${withValues(code)}\n\nexport {}\n`
}

/** The targets of a markdown page's links and pictures, without those that lead to the web. */
export const localLinks = (text: string): readonly string[] => {
  const prose = text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '')
  const targets = [...prose.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g), ...prose.matchAll(/\b(?:src|href)="([^"]+)"/g)]
  return targets.map((match) => match[1] ?? '').filter((target) => !/^(https?:|mailto:)/.test(target))
}

/** The anchor of a heading, as it is written in links. */
export const anchorOf = (heading: string): string =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-')

/** The anchors of a markdown page's headings. */
export const anchors = (text: string): readonly string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map((heading) => anchorOf(heading[1] ?? ''))

/** A row of the equations page: the functions it names (file and export), its specs, and the properties' codes. */
export interface EquationRow {
  readonly row: string
  readonly functions: readonly { readonly path: string; readonly name: string }[]
  readonly specs: readonly string[]
  readonly properties: readonly string[]
}

/**
 * The rows of the equations page: each links its functions as ``[`name`](../lib/….ts)`` and its specs as
 * `[E7](../specs/….spec.ts)`, the link's text being the property's letter and number where it has one.
 */
export const equationRows = (text: string): readonly EquationRow[] =>
  text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s:|-]+\|$/.test(line))
    .map((row) => {
      const links = [...row.matchAll(/\[([^\]]*)\]\((?:\.\.\/)?([^)]+)\)/g)].map((link) => ({
        text: (link[1] ?? '').replaceAll('`', ''),
        path: link[2] ?? '',
      }))
      const specs = links.filter(({ path }) => path.endsWith('.spec.ts'))
      return {
        row,
        functions: links
          .filter(({ path }) => path.startsWith('lib/'))
          .map((link) => ({ path: link.path, name: link.text })),
        specs: specs.map(({ path }) => path),
        properties: specs.flatMap((link) => link.text.match(/\b[FWGREM]\d{1,2}\b/g) ?? []),
      }
    })
    .filter(({ row }) => row.includes(']('))

const lawId = /\b[FWGREMS]\d{1,2}\b/g

/** The laws of the page of laws, by id: the first cell of each row. */
export const lawIds = (text: string): readonly string[] =>
  [...text.matchAll(/^\| ([FWGREMS]\d{1,2}) \|/gm)].map(([, id]) => id ?? '')

/** The laws that a spec's titles cite: ids in the first argument of `describe`, `it`, `test` and their variants. */
export const citedLaws = (path: string, text: string): readonly string[] => {
  const cited: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && /^(describe|it|test)/.test(node.expression.getText())) {
      const [title] = node.arguments
      if (title !== undefined && (ts.isStringLiteralLike(title) || ts.isTemplateExpression(title)))
        cited.push(...(title.getText().match(lawId) ?? []))
    }
    ts.forEachChild(node, visit)
  }
  visit(parseSource(path, text))
  return cited
}
