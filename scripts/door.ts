/**
 * The package as a new user meets it: the tarball is installed in an empty folder, and README's programs run there on Node 20, 22
 * and 24 (npm's `node` package) and on Deno, and, bundled by esbuild and by vite, in Chromium. `npm run door [-- NAME …]` runs
 * those whose name holds one of the words. Needs the registry; without optional dependencies, as an importer would.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build as esbuild } from 'esbuild'
import { build as vite } from 'vite'
import { serveFolder } from '../lib/cli/static-server.ts'
import { run } from '../lib/outcome.ts'
import { openChromium } from '../specs/browser/chromium.ts'
import { pack, readmePrograms, root } from './packed.ts'
import { entries } from './public-names.ts'

const folder = mkdtempSync(join(tmpdir(), 'exptilt-door-'))

/** What README's programs find: log Z, near log((5 + e²)/6), and 2·Aᵀ(A·v). */
const WANTED = /0\.72\d*[\s\S]*6,\s*4,\s*16/

/** What is found by those that run no program and open. */
const OPENS = '0.72; 6, 4, 16'

const command = (program: string, args: readonly string[], cwd = folder): string =>
  execFileSync(program, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 300_000 })

/** What an installation with optional dependencies brings, and the peers whose types are shown. */
const BESIDE = ['@types/node@20', 'fast-check@4', 'onnxruntime-node@1.30.0', 'protobufjs@8.8.1']

const STRICT = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  target: 'es2022',
  lib: ['es2023', 'dom'],
  module: 'nodenext',
}

/** The programs, as they stand in README, and with their answers as the text of the page. */
const program = readmePrograms().join('\n')
const inPage = `${program}\ndocument.body.textContent = value._tag === 'Right' ? [z.jackknife, ...value.right.data].join() : value.left.what\n`

const install = (): void => {
  const tarball = pack(folder)
  writeFileSync(join(folder, 'package.json'), '{ "name": "door", "private": true, "type": "module" }')
  command('npm', ['install', tarball, '--omit=optional', '--no-audit', '--no-fund', '--silent'])
  const packages = readFileSync(join(folder, 'package-lock.json'), 'utf8').match(/"node_modules\//g)?.length ?? 0
  console.log(
    `installed: ${packages} packages in the lock file, ${command('du', ['-sh', 'node_modules']).split('\t')[0]} on disk`,
  )
  writeFileSync(join(folder, 'program.mjs'), program)
  writeFileSync(join(folder, 'page.mjs'), inPage)
}

/** A Node of npm's own, in a folder of its own. */
const onNode = (version: string) => (): string => {
  const own = join(folder, `node${version}`)
  mkdirSync(own)
  writeFileSync(join(own, 'package.json'), '{}')
  command('npm', ['install', `node@${version}`, '--ignore-scripts=false', '--no-audit', '--no-fund', '--silent'], own)
  return command(join(own, 'node_modules/node/bin/node'), ['program.mjs'])
}

/** A checkout's command where Node reads its sources: no build, no tsx. */
const inCheckout = (): string => {
  const node = join(folder, 'node24/node_modules/node/bin/node')
  const found = command(node, [join(root, 'bin/exptilt.js'), 'pfsa', '--motif', '101', '--length', '5', '--json'])
  return found.includes('"strings": 11') || found.includes('"strings":11') ? OPENS : found
}

const onDeno = (): string =>
  command(process.execPath, [
    join(root, 'node_modules/deno/bin.cjs'),
    'run',
    '-A',
    '--node-modules-dir=manual',
    'program.mjs',
  ])

/** The text of a page of a folder, in Chromium. */
const inChromium = async (served: string): Promise<string> => {
  const server = await run(serveFolder(served, 0))
  const chromium = await openChromium()
  try {
    const shown = await chromium.newPage(1200)
    await shown.goto(server.url)
    await shown.waitForFunction("document.body.textContent.trim() !== ''", undefined, { timeout: 120_000 })
    return (await shown.textContent('body')) ?? ''
  } finally {
    await chromium.close()
    server.close()
  }
}

const page = (script: string): string => `<!doctype html><body><script type="module" src="${script}"></script></body>`

const byEsbuild = async (): Promise<string> => {
  const out = join(folder, 'esbuild')
  await esbuild({ entryPoints: [join(folder, 'page.mjs')], bundle: true, format: 'esm', outfile: join(out, 'page.js') })
  writeFileSync(join(out, 'index.html'), page('/page.js'))
  return inChromium(out)
}

const byVite = async (): Promise<string> => {
  writeFileSync(join(folder, 'index.html'), page('/page.mjs'))
  await vite({
    root: folder,
    logLevel: 'warn',
    configFile: false,
    build: { target: 'esnext', outDir: join(folder, 'vite') },
  })
  return inChromium(join(folder, 'vite'))
}

/** The command line without what it needs: a sentence with the command that brings it, and exit code 2. */
const withoutTools = (): string => {
  try {
    return `no failure: ${command(process.execPath, ['node_modules/exptilt/bin/exptilt.js', 'help'])}`
  } catch (thrown) {
    const status: unknown =
      typeof thrown === 'object' && thrown !== null && 'status' in thrown ? thrown.status : undefined
    return status === 2 ? OPENS : `exit code ${String(status)}`
  }
}

/**
 * A compiler that checks the types of packages too: every entry, with the types of Node for `exptilt/node` alone; fast-check,
 * whose arbitraries `exptilt/laws` shows, is installed as its user would.
 */
const byStrictCompiler = (): string => {
  const names = entries.map(([entry]) => entry)
  const own = join(folder, 'strict')
  const check = (name: string, wanted: readonly string[], types: readonly string[]): string => {
    const imports = wanted.map((entry, i) => `import * as e${i} from '${entry}'\n`)
    writeFileSync(
      join(own, `${name}.ts`),
      [...imports, `export const all: readonly unknown[] = [${wanted.map((_, i) => `e${i}`).join(', ')}]\n`].join(''),
    )
    const options = { ...STRICT, types }
    writeFileSync(join(own, `${name}.json`), JSON.stringify({ compilerOptions: options, files: [`${name}.ts`] }))
    return command(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--project', `${name}.json`], own)
  }
  mkdirSync(own)
  command('npm', ['install', ...BESIDE, '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'])
  const found = [
    check(
      'anywhere',
      names.filter((name) => name !== 'exptilt/node'),
      [],
    ),
    check('on-node', ['exptilt/node'], ['node']),
  ].join('')
  return found === '' ? OPENS : found
}

/** How long an import takes beside an empty program, the least of five; said, not judged. */
const sayImport = (): void => {
  writeFileSync(join(folder, 'empty.mjs'), '')
  writeFileSync(join(folder, 'import.mjs'), "import 'exptilt'\n")
  const least = (file: string): number =>
    Math.min(
      ...Array.from({ length: 5 }, () => {
        const since = performance.now()
        command(process.execPath, [file])
        return performance.now() - since
      }),
    )
  const [empty, imported] = [least('empty.mjs'), least('import.mjs')]
  console.log(`import 'exptilt': ${(imported - empty).toFixed(0)} ms beside ${empty.toFixed(0)} ms of an empty program`)
}

const doors: Readonly<Record<string, () => string | Promise<string>>> = {
  'Node 20': onNode('20'),
  'Node 22': onNode('22'),
  'Node 24': onNode('24'),
  'the sources on Node 24': inCheckout,
  Deno: onDeno,
  'esbuild in Chromium': byEsbuild,
  'vite in Chromium': byVite,
  'the command line without its packages': withoutTools,
  'a compiler that checks the types of packages': byStrictCompiler,
}

try {
  install()
  sayImport()
  const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
  for (const [name, enter] of Object.entries(doors)) {
    if (words.length > 0 && !words.some((word) => name.includes(word))) continue
    const found = await Promise.resolve()
      .then(enter)
      .catch(
        (thrown: unknown) =>
          `${String(thrown)}\n${thrown instanceof Error && 'stdout' in thrown ? String(thrown.stdout) : ''}`,
      )
    const opens = WANTED.test(found)
    console.log(`${opens ? 'opens' : 'SHUT'}: ${name}${opens ? '' : ` (${found.trim()})`}`)
    if (!opens) process.exitCode = 1
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
