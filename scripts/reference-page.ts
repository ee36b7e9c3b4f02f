/** The reference of the site: every name of every entry of the package, with its declaration and its comment. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type markdownIt from 'markdown-it'
import ts from 'typescript'
import { exampleCode, parseSource } from './documentation.ts'
import { entries, namesOf, type PublicName, publicNames } from './public-names.ts'

/** The declarations of a file by name, as an importer sees them. */
export const declarationsOf = (root: string, path: string): ReadonlyMap<string, string> => {
  const { outputText } = ts.transpileDeclaration(readFileSync(join(root, path), 'utf8'), {
    fileName: path,
    compilerOptions: { target: ts.ScriptTarget.ES2023, isolatedDeclarations: true, removeComments: true },
  })
  return new Map(
    parseSource(path, outputText).statements.flatMap((node) =>
      namesOf(node).map((name) => [name, node.getText().replace(/^export (declare )?/u, '')] as const),
    ),
  )
}

/** The text of a comment, and its example. */
export const partsOf = (comment: string): { readonly text: string; readonly example: string } => {
  const plain = comment.replace(/^\/\*\*|\*\/$/gu, '').replace(/^[ \t]*\* ?/gmu, '')
  const [text = '', example = ''] = plain.split(/^\s*@example\b/mu)
  return { text: text.replace(/^@param (\S+)/gmu, '\n- `$1`:').trim(), example: exampleCode(example) }
}

const files = new Map<string, ReadonlyMap<string, string>>()

/** The declaration of a public name, without its comment. A file is read once. */
export const declarationOf = (root: string, { path, declared, name }: PublicName): string => {
  const place = join(root, path)
  const known = files.get(place) ?? declarationsOf(root, path)
  files.set(place, known)
  return known.get(declared) ?? name
}

/** One page of all names; `markdown` renders their comments. */
export const referencePage = (
  root: string,
  markdown: Pick<ReturnType<typeof markdownIt>, 'render' | 'utils'>,
): string => {
  const { escapeHtml } = markdown.utils
  const code = (text: string): string => `<pre><code>${escapeHtml(text)}</code></pre>`
  const item = (entry: string) => (found: PublicName) => {
    const { text, example } = partsOf(found.comment)
    const { name, declared } = found
    const underName = (words: string): string => words.replaceAll(new RegExp(`\\b${declared}\\b`, 'gu'), name)
    return `<section class="name" id="${entry}.${found.name}"><h3>${found.name}</h3>
${code(underName(declarationOf(root, found)))}
${markdown.render(text)}${example === '' ? '' : code(underName(example))}</section>`
  }
  const part = ([entry, path]: (typeof entries)[number]): string =>
    `<section class="entry"><h2 id="${entry}">${entry}</h2>\n${publicNames(root, path).map(item(entry)).join('\n')}</section>`
  return `<h1>Reference</h1>
<p>Every name of every entry, as <code>import { name } from 'entry'</code> brings it. In examples, <code>// =&gt;</code> says what an
expression is: of a tensor the numbers that it evaluates to, of a result or an effect what it gives.</p>
<p><label for="search">Search</label> <input id="search" type="search" autocomplete="off" /> <span id="found" role="status"></span></p>
${entries.map(part).join('\n')}`
}
