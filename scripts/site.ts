/**
 * `npm run site`: the pages of site/ and the documents of docs/ as a folder of static files, dist/site. Scripts are bundled;
 * nothing refers to another host.
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import * as t from 'io-ts'
import markdownIt from 'markdown-it'
import { decodeJson } from '../lib/codec/json.ts'
import { right } from '../lib/outcome.ts'
import { MODULES, moduleUrl, STYLE_NONCE } from '../site/modules.ts'
import { anchorOf } from './documentation.ts'
import { editorData } from './editor-data.ts'
import { referencePage } from './reference-page.ts'
import { documents, searchData } from './site-search.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const markdown = markdownIt({ html: true, linkify: false })

/** The folder that the site is built into. */
export const siteFolder: string = join(root, 'dist/site')

/** A page: where it lies below the site's folder, its title and what stands in it. */
interface Page {
  readonly path: string
  readonly title: string
  readonly body: string
  readonly script?: string
}

const NAVIGATION: readonly (readonly [path: string, title: string])[] = [
  ['index.html', 'exptilt'],
  ['automata.html', 'Automata'],
  ['tilts.html', 'Tilts'],
  ['gam.html', 'GAM live'],
  ['text.html', 'Controlled text'],
  ['editor.html', 'Editor'],
  ['README.html', 'Documentation'],
  ['reference.html', 'Reference'],
  ['search.html', 'Search'],
]

/**
 * What a page may load and ask: this site, and nothing else. Programs of the editor may make functions of texts, as the library that
 * writes ONNX does.
 */
const policyOf = (path: string): string =>
  [
    "default-src 'self'",
    `script-src 'self' blob: 'wasm-unsafe-eval'${path === 'editor.html' ? " 'unsafe-eval'" : ''}`,
    "worker-src 'self' blob:",
    "connect-src 'self' blob: data:",
    "img-src 'self' data:",
    `style-src 'self' 'nonce-${STYLE_NONCE}'`,
    "style-src-attr 'unsafe-inline'",
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join('; ')

const render = ({ path, title, body, script }: Page): string => {
  const up = '../'.repeat(path.split('/').length - 1)
  const links = NAVIGATION.map(
    ([to, name]) => `<a href="${up}${to}"${to === path ? ' aria-current="page"' : ''}>${name}</a>`,
  ).join('')
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${policyOf(path)}" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${title}</title>
<link rel="icon" href="data:," />
<link rel="stylesheet" href="${up}style.css" />
${script === undefined ? '' : `<script type="module" src="${up}${script}"></script>\n`}</head>
<body>
<nav aria-label="site">${links}</nav>
<main>
${body}
</main>
</body>
</html>
`
}

// What may be wider than a narrow screen scrolls by itself, by the keyboard too.
markdown.renderer.rules.table_open = () => '<div class="scroll" tabindex="0" role="region" aria-label="table"><table>'
markdown.renderer.rules.table_close = () => '</table></div>'
markdown.renderer.rules.fence = (tokens, i) =>
  `<pre tabindex="0"><code>${markdown.utils.escapeHtml(tokens[i]?.content ?? '')}</code></pre>`
markdown.renderer.rules.code_block = markdown.renderer.rules.fence

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

/** Where a link of a document leads in the site: to a page, to a file's text, or nowhere if it is in neither. */
const linkOf = (document: string, href: string): string | undefined => {
  if (/^[a-z]+:|^#/u.test(href)) return href
  const [path = '', anchor] = href.split('#')
  const target = join(dirname(document), path)
  if (!isFile(join(root, target))) return undefined
  const to = pageOf(path)
  return anchor === undefined ? to : `${to}#${anchor}`
}

/** Documents are pages; of other files a server shall not guess what they are. */
const pageOf = (path: string): string =>
  path.endsWith('.md') ? path.replace(/\.md$/u, '.html') : /\.(png|svg|json)$/u.test(path) ? path : `${path}.txt`

/**
 * Headings get the ids that links to them use; links to documents become links to their pages. `files` takes what else is
 * linked.
 */
const documentPage =
  (files: Set<string>) =>
  (path: string): Page => {
    const tokens = markdown.parse(readFileSync(join(root, path), 'utf8'), {})
    let title = basename(path)
    tokens.forEach((token, i) => {
      const content = tokens[i + 1]?.content ?? ''
      if (token.type === 'heading_open') token.attrSet('id', anchorOf(content))
      if (token.type === 'heading_open' && token.tag === 'h1') title = content
      for (const child of token.children ?? []) {
        const href = child.attrGet('href')
        if (typeof href !== 'string') continue
        const to = linkOf(path, href)
        if (to !== undefined) child.attrSet('href', to)
        else child.attrs = (child.attrs ?? []).filter(([name]) => name !== 'href')
        if (to !== undefined && to.endsWith('.txt')) files.add(join(dirname(path), href.replace(/#.*/u, '')))
      }
    })
    const article = markdown.renderer.render(tokens, markdown.options, {})
    const list = path === 'README.md' ? documentList() : ''
    return { path: path.replace(/\.md$/u, '.html'), title, body: `<article>\n${article}</article>\n${list}` }
  }

const documentList = (): string =>
  `<h2>All documents</h2>\n<ul>${documents(root)
    .map((path) => `<li><a href="${path.replace(/\.md$/u, '.html')}">${path.replace(/\.md$/u, '')}</a></li>`)
    .join('')}</ul>`

const playground = (name: string, title: string): Page => ({
  path: `${name}.html`,
  title,
  body: readFileSync(join(root, 'site', `${name}.html`), 'utf8'),
  script: `${name}.js`,
})

const pages = (files: Set<string>): readonly Page[] => [
  { path: 'index.html', title: 'exptilt', body: readFileSync(join(root, 'site/index.html'), 'utf8') },
  playground('automata', 'Automata · exptilt'),
  playground('tilts', 'Tilts · exptilt'),
  playground('gam', 'GAM live · exptilt'),
  playground('text', 'Controlled text · exptilt'),
  playground('editor', 'Editor · exptilt'),
  playground('search', 'Search · exptilt'),
  {
    path: 'reference.html',
    title: 'Reference · exptilt',
    body: referencePage(root, markdown),
    script: 'reference.js',
  },
  ...documents(root).map(documentPage(files)),
]

/** Pictures and data that documents show. */
const pictures = (): readonly string[] =>
  readdirSync(join(root, 'docs'))
    .filter((name) => /\.(png|svg|json)$/u.test(name))
    .map((name) => `docs/${name}`)

const sourceOf = (built: string): string => join(root, built.replace(/^\.\/dist\//u, 'lib/').replace(/\.js$/u, '.ts'))

/** Files that bundlers for browsers replace, and what they put in their place, as sources. */
const replaced: ReadonlyMap<string, string> = new Map(
  Object.entries(
    right(
      decodeJson(
        t.type({ browser: t.record(t.string, t.string) }),
        'package.json',
      )(readFileSync(join(root, 'package.json'), 'utf8')),
    ).browser,
  ).map(([from, to]) => [sourceOf(from), sourceOf(to)]),
)

/** Node's modules for pages, which have no files: whoever calls one is told so. */
const NO_NODE = `const absent = () => { throw new Error('a page has no files and no processes') }
module.exports = new Proxy({ promisify: () => absent }, { get: (own, name) => own[name] ?? absent })`

/** The library as a bundler for browsers takes it. */
const forPages: Plugin = {
  name: 'for pages',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.{1,2}\/.*\.ts$/ }, ({ path, resolveDir }) => ({
      path: replaced.get(join(resolveDir, path)) ?? join(resolveDir, path),
    }))
    onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'node' }))
    onLoad({ filter: /.*/, namespace: 'node' }, () => ({ contents: NO_NODE }))
  },
}

/** The scripts of pages and of their workers. */
const SCRIPTS = [
  'automata',
  'tilts',
  'worker',
  'gam',
  'gam-worker',
  'text',
  'text-worker',
  'editor',
  'editor-worker',
  'search',
  'reference',
]

/** Builds the site into a folder, anew. */
export const buildSite = async (folder: string = siteFolder): Promise<void> => {
  rmSync(folder, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: [
      ...SCRIPTS.map((name) => ({ in: `site/${name}.ts`, out: name })),
      ...Object.entries(MODULES).map(([name, path]) => ({
        in: name.startsWith('fp-ts/') ? `named:${path}` : path,
        out: moduleUrl(name).replace(/\.js$/u, ''),
      })),
    ],
    alias: { 'exptilt/automata': './lib/automata/index.ts', 'exptilt/energy': './lib/energy/index.ts' },
    plugins: [forPages, editorData(root), searchData(root, markdown)],
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2023',
    outdir: folder,
    logLevel: 'warning',
    legalComments: 'linked',
  })
  const files = new Set<string>()
  for (const page of pages(files)) {
    mkdirSync(dirname(join(folder, page.path)), { recursive: true })
    writeFileSync(join(folder, page.path), render(page))
  }
  // ONNX Runtime looks for its kernels beside its script, and loads them when a page computes with them.
  const kernels = 'ort-wasm-simd-threaded.wasm'
  copyFileSync(createRequire(import.meta.url).resolve(`onnxruntime-web/${kernels}`), join(folder, kernels))
  for (const name of ['config.json', 'tokenizer.json', 'onnx/model_fp16.onnx']) {
    mkdirSync(dirname(join(folder, 'english', name)), { recursive: true })
    copyFileSync(join(root, 'models/english', name), join(folder, 'english', name))
  }
  for (const path of [...pictures(), ...files, 'site/style.css']) {
    const to = join(folder, files.has(path) ? pageOf(path) : path.replace(/^site\//u, ''))
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(join(root, path), to)
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildSite()
  console.log(`built ${relative(process.cwd(), siteFolder)}: open its index.html through a static server`)
}
