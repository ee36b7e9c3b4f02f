/** What the site's search looks through: the documents by their sections, the public names, the examples. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Plugin } from 'esbuild'
import type markdownIt from 'markdown-it'
import { anchorOf } from './documentation.ts'
import { offeredExamples, publicEntries } from './editor-data.ts'

/** A place of the site, and its text. */
interface Section {
  readonly title: string
  readonly path: string
  readonly text: string
}

/** Markdown files of the documentation, from the project's root. */
export const documents = (root: string): readonly string[] => [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'models/english/README.md',
  ...['docs', 'docs/decisions'].flatMap((folder) =>
    readdirSync(join(root, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
]

type Tokens = Pick<ReturnType<typeof markdownIt>, 'parse'>

/** The sections of a document: each heading with what stands below it. */
export const sectionsOf = (markdown: Tokens, path: string, text: string): readonly Section[] => {
  const page = path.replace(/\.md$/u, '.html')
  const found: { title: string; path: string; text: string }[] = []
  let [top, inHeading] = [basename(path), false]
  for (const { type, tag, content } of markdown.parse(text, {})) {
    const last = found.at(-1)
    if (inHeading && type === 'inline') {
      if (found.length === 0) top = content
      const title = found.length === 0 ? content : `${top}: ${content}`
      found.push({ title: title.replaceAll('`', ''), path: `${page}#${anchorOf(content)}`, text: '' })
    } else if (last !== undefined && content !== '') last.text = `${last.text} ${content}`
    inHeading = type === 'heading_open' && tag !== ''
  }
  return found.map((section) => ({
    ...section,
    text: section.text
      .replace(/\]\([^)]*\)/gu, '')
      .replace(/[[`*\s]+/gu, ' ')
      .trim(),
  }))
}

/** Everything that the search finds. */
const searched = (root: string, markdown: Tokens): readonly Section[] => [
  ...documents(root).flatMap((path) => sectionsOf(markdown, path, readFileSync(join(root, path), 'utf8'))),
  ...offeredExamples(root).map(({ name, title, code }) => ({
    title: `Example ${name}: ${title}`,
    path: `editor.html#example=${name}`,
    text: code
      .replace(/^\/\*\*/u, '')
      .replace(/[\s*`]+/gu, ' ')
      .trim(),
  })),
  ...publicEntries(root).flatMap(([entry, names]) =>
    names.map(({ name, signature, about }) => ({
      title: `${name} of ${entry}`,
      path: `reference.html#${entry}.${name}`,
      text: `${about} ${signature}`,
    })),
  ),
]

/** The module of all of it. */
export const searchData = (root: string, markdown: Tokens): Plugin => ({
  name: 'search',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^exptilt-site\/search$/ }, ({ path }) => ({ path, namespace: 'search' }))
    onLoad({ filter: /.*/, namespace: 'search' }, () => ({
      contents: `export const sections = ${JSON.stringify(searched(root, markdown))}`,
    }))
  },
})
