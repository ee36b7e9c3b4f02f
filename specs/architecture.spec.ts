/**
 * The rooms and the doors between them: imports in `lib/` point one way, form no cycle, and only `device` knows WebGPU.
 *
 * A room is a first-level folder or file of `lib/` (`lib/automata/…` is `automata`, `lib/expr.ts` is `expr`). Every
 * check here is a table over rooms, so that a new room is one line, and each is tried on a planted violation.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../lib/codec/json.ts'
import { right } from './either.ts'

/** A source file and what it imports: files of `lib/` by path, packages by name. */
interface Module {
  readonly path: string
  readonly files: readonly string[]
  readonly packages: readonly string[]
}

const module = (path: string, text: string): Module => {
  const names = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
  return {
    path,
    files: names.filter((name) => name.startsWith('.')).map((name) => posix.join(posix.dirname(path), name)),
    packages: names.filter((name) => !name.startsWith('.')),
  }
}

const lib = new URL('../lib/', import.meta.url)

const modules: readonly Module[] = readdirSync(fileURLToPath(lib), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .sort()
  .map((path) => module(path, readFileSync(new URL(path, lib), 'utf8')))

const packageCodec = t.type({
  version: t.string,
  dependencies: t.record(t.string, t.string),
  optionalDependencies: t.record(t.string, t.string),
  peerDependencies: t.record(t.string, t.string),
  exports: t.record(t.string, t.union([t.string, t.type({ types: t.string, default: t.string })])),
  browser: t.record(t.string, t.string),
})
const denoCodec = t.type({ imports: t.record(t.string, t.string) })
const jsrCodec = t.type({
  version: t.string,
  exports: t.record(t.string, t.string),
  imports: t.record(t.string, t.string),
})

/** A JSON file beside `lib/`. */
const read = <A>(name: string, codec: t.Type<A, unknown>): A =>
  right(decodeJson(codec, name)(readFileSync(new URL(`../${name}`, import.meta.url), 'utf8')))

const room = (path: string): string => (path.split('/')[0] ?? path).replace(/\.ts$/, '')

/** Rooms that may import these rooms and no others. */
const MATHEMATICS = ['errors', 'at', 'names', 'key', 'semiring', 'math', 'linear', 'eigen', 'moments']
const VALUES = [...MATHEMATICS, 'dtype', 'axis', 'tree', 'phantom', 'expr', 'typed']
const only: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  at: ['errors'],
  key: ['errors', 'at', 'math'],
  semiring: ['errors', 'at', 'math'],
  math: ['errors', 'at'],
  linear: MATHEMATICS,
  eigen: MATHEMATICS,
  moments: MATHEMATICS,
  automata: [...MATHEMATICS, 'automata', 'codec'],
  energy: [...MATHEMATICS, 'energy'],
  tilt: [
    ...MATHEMATICS,
    'automata',
    'energy',
    'models',
    'codec',
    'data',
    'effect',
    'breath',
    'progress',
    'predictor',
    'tilt',
  ],
  dtype: ['errors', 'at'],
  axis: ['errors', 'at', 'dtype'],
  expr: VALUES,
  phantom: ['expr', 'at', 'dtype'],
  typed: ['errors', 'at', 'dtype', 'axis', 'expr', 'phantom'],
  ops: [...VALUES, 'ops'],
  grad: [...VALUES, 'ops'],
  shader: ['errors', 'at', 'generated', 'dtype'],
  codec: ['errors', 'at', 'codec', 'dtype', 'axis', 'tree', 'math', 'key'],
}

/** Rooms that know values but not how they are executed. */
const INTERNALS = ['device', 'onnx', 'reference', 'plan', 'shader', 'generated']
const never: Readonly<Record<string, readonly string[]>> = {
  models: [...INTERNALS, 'systems', 'cli', 'report'],
  optimise: [...INTERNALS, 'systems', 'models', 'cli', 'report'],
  experiment: [...INTERNALS, 'models', 'systems', 'cli', 'report', 'train', 'data'],
  systems: [...INTERNALS, 'cli'],
  metrics: [...INTERNALS, 'systems', 'cli', 'report'],
  data: [...INTERNALS, 'systems', 'models', 'cli', 'report'],
  plan: ['device', 'onnx', 'reference', 'models', 'systems', 'cli'],
  reference: ['device', 'onnx', 'shader', 'generated', 'models', 'systems', 'cli'],
  device: ['reference', 'onnx', 'models', 'systems', 'cli'],
  onnx: ['reference', 'device', 'shader', 'generated', 'models', 'systems', 'cli'],
  report: [...INTERNALS, 'cli'],
  train: [...INTERNALS, 'systems', 'cli'],
  scale: ['device', 'plan', 'shader', 'generated', 'models', 'systems', 'cli', 'report', 'train', 'data'],
  laws: ['device', 'onnx', 'webgpu', 'choose', 'shader', 'generated', 'systems', 'train', 'cli', 'report'],
}

/** Rooms that reach the machine: files, processes, terminals, native libraries. */
const EDGE = ['cli', 'pretrained', 'codec', 'data', 'device', 'onnx', 'report', 'train', 'systems', 'scale']

const wrongDoors = ({ path, files }: Module): readonly string[] => {
  const from = room(path)
  const allowed = only[from]
  const forbidden = never[from] ?? []
  return files
    .filter((file) => room(file) !== from)
    .filter((file) => (allowed !== undefined && !allowed.includes(room(file))) || forbidden.includes(room(file)))
    .map((file) => `${path} → ${file}`)
}

/** The import cycles that a depth-first walk closes, each as the list of its files. */
const cycles = (all: readonly Module[]): readonly string[] => {
  const byPath = new Map(all.map((each) => [each.path, each]))
  const done = new Set<string>()
  const walk = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [[...trail.slice(trail.indexOf(path)), path].join(' → ')]
    if (done.has(path)) return []
    const found = (byPath.get(path)?.files ?? []).flatMap((file) => walk(file, [...trail, path]))
    done.add(path)
    return found
  }
  return all.flatMap(({ path }) => walk(path, []))
}

/** What the package says of its entries, and what bundlers for browsers put in the place of a file. */
const manifest = read('package.json', packageCodec)
const deno = read('deno.json', denoCodec)

const sourceOf = (built: string): string => built.replace(/^\.\/dist\//, '').replace(/\.js$/, '.ts')

/** Entries that promise to need no Node. */
const BROWSER_ENTRIES = [
  'index.ts',
  ...['automata', 'energy', 'laws', 'models', 'tilt'].map((name) => `${name}/index.ts`),
]

const replaced = new Map(Object.entries(manifest.browser).map(([from, to]) => [sourceOf(from), sourceOf(to)]))

/** The packages that files reach when they run in a browser: types are gone, files are replaced as bundlers do. */
const reached = (entries: readonly string[]): readonly string[] => {
  const seen = new Set(entries)
  const packages = new Set<string>()
  for (const path of seen) {
    const text = readFileSync(new URL(path, lib), 'utf8')
    const running = module(
      path,
      ts.transpile(text, { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ESNext, verbatimModuleSyntax: true }),
    )
    for (const file of running.files) seen.add(replaced.get(file) ?? file)
    for (const name of running.packages) packages.add(name)
  }
  return [...packages]
}

const machinePackage = (name: string): boolean =>
  name.startsWith('node:') || ['webgpu', 'onnxruntime-node', 'cli-progress', '@resvg/resvg-js'].includes(name)

describe('architecture', () => {
  it('reads the sources', () => expect(modules.length).toBeGreaterThan(5))

  it('imports only files that exist', () => {
    const known = new Set(modules.map(({ path }) => path))
    expect(
      modules.flatMap(({ path, files }) => files.filter((file) => !known.has(file)).map((file) => `${path} → ${file}`)),
    ).toEqual([])
  })

  it('has imports that point one way', () => {
    expect(wrongDoors(module('automata/a.ts', `import { run } from '../device.ts'`))).toEqual([
      'automata/a.ts → device.ts',
    ])
    expect(wrongDoors(module('systems/gam/a.ts', `import type { Plan } from '../../plan.ts'`))).toHaveLength(1)
    expect(modules.flatMap(wrongDoors)).toEqual([])
  })

  it('is drawn as it is: every folder is in the picture, and every arrow is an import', () => {
    const page = readFileSync(new URL('../docs/architecture.md', lib), 'utf8')
    const arrows = (text: string): readonly (readonly [string, string])[] =>
      [...text.matchAll(/^ *(\w+) --> (\w+)$/gm)].map(([, from = '', to = '']) => [from, to])
    const untrue = (text: string): readonly string[] =>
      arrows(text)
        .filter(([from, to]) => !modules.some((m) => room(m.path) === from && m.files.some((f) => room(f) === to)))
        .map(([from, to]) => `${from} --> ${to}`)
    const drawn = new Set(arrows(page).flat())
    const folders = modules.filter(({ path }) => path.includes('/')).map(({ path }) => room(path))
    expect(untrue('  models --> device\n  models --> ops')).toEqual(['models --> device'])
    expect(untrue(page)).toEqual([])
    expect([...new Set(folders)].filter((folder) => !drawn.has(folder))).toEqual([])
  })

  it('has no cycles', () => {
    const planted = [
      module('a.ts', `import './b.ts'`),
      module('b.ts', `import './c.ts'`),
      module('c.ts', `import './b.ts'`),
    ]
    expect(cycles(planted)).toEqual(['b.ts → c.ts → b.ts'])
    expect(cycles(modules)).toEqual([])
  })

  it('has no cycles of rooms: whoever reads a room has not yet seen what stands above it', () => {
    const rooms = (all: readonly Module[]): readonly Module[] =>
      [...new Set(all.map(({ path }) => room(path)))].map((path) => {
        const files = all.filter((m) => room(m.path) === path).flatMap((m) => m.files.map(room))
        return { path, files: [...new Set(files)].filter((file) => file !== path), packages: [] }
      })
    const planted = [module('ops/a.ts', `import '../grad.ts'`), module('grad.ts', `import './ops/b.ts'`)]
    expect(cycles(rooms(planted))).toEqual(['ops → grad → ops'])
    expect(cycles(rooms(modules))).toEqual([])
  })

  it('needs fast-check, which users may not have, in the laws alone', () => {
    const needing = modules.filter(({ packages }) => packages.includes('fast-check')).map(({ path }) => room(path))
    expect(new Set(needing)).toEqual(new Set(['laws']))
  })

  it('reads the options of tilts, and so the help, without a sampler', () => {
    const settings = modules.filter(({ path }) => path === 'systems/tilt/settings.ts')
    expect(settings.flatMap(({ files }) => files.filter((file) => room(file) === 'tilt'))).toEqual(['tilt/budget.ts'])
  })

  it('imports nothing from the command line or the laws, and nothing from the index', () => {
    const inward = (target: string): readonly string[] =>
      modules
        .filter(({ path, files }) => room(path) !== target && files.some((file) => room(file) === target))
        .map(({ path }) => path)
    expect(inward('cli')).toEqual([])
    expect(inward('laws')).toEqual([])
    expect(inward('index')).toEqual([])
  })

  it('keeps the machine out of the mathematics: node: and native packages only at the edge', () => {
    expect(
      modules
        .filter(({ path }) => !EDGE.includes(room(path)))
        .flatMap(({ path, packages }) => packages.filter(machinePackage).map((name) => `${path} → ${name}`)),
    ).toEqual([])
  })

  it('knows WebGPU objects in device alone', () => {
    const naming = modules
      .map(({ path }) => path)
      .filter((path) => /\bGPU[A-Z]\w+|navigator\.gpu/.test(readFileSync(new URL(path, lib), 'utf8')))
    expect(naming.filter((path) => room(path) !== 'device')).toEqual([])
  })

  it('declares axes in operations alone: whoever else has an expression asks `typed`, which looks at it', () => {
    const makers = ['declared', 'typedRecord', 'made', 'part', 'concatNodes']
    const named = ({ path, text }: { readonly path: string; readonly text: string }): readonly string[] =>
      [...text.matchAll(/import \{([^}]*)\} from '[^']*\/(?:phantom|rules|scan-op|join)\.ts'/g)]
        .flatMap(([, names = '']) => names.split(',').map((name) => name.trim()))
        .filter((name) => makers.includes(name))
        .map((name) => `${path}: ${name}`)
    const outside = modules
      .filter(({ path }) => !['ops', 'grad', 'typed'].includes(room(path)))
      .map(({ path }) => ({ path, text: readFileSync(new URL(path, lib), 'utf8') }))
    expect(named({ path: 'models/a.ts', text: `import { declared, keysOf } from '../phantom.ts'` })).toEqual([
      'models/a.ts: declared',
    ])
    // Both write a node's results out one by one, whatever they are.
    expect(outside.flatMap(named)).toEqual([
      'onnx/expand.ts: part',
      'optimise/training.ts: typedRecord',
      'webgpu/expand.ts: part',
    ])
  })

  it('imports fp-ts in the one form that every runtime resolves', () => {
    const wrong = (name: string): boolean => name.startsWith('fp-ts') && !/^fp-ts\/lib\/\w+\.js$/.test(name)
    expect(modules.flatMap(({ path, packages }) => packages.filter(wrong).map((name) => `${path} → ${name}`))).toEqual(
      [],
    )
  })

  it('packs for browsers: what the entries without Node reach names no built-in and no native package', () => {
    expect(reached(['onnx/import.ts'])).toContain('node:fs/promises')
    expect(reached(BROWSER_ENTRIES).filter(machinePackage)).toEqual([])
  })

  it('has entries that are files, named alike for Node, Deno and the compiler', () => {
    const entries = Object.entries(manifest.exports).flatMap(([name, target]) =>
      typeof target === 'string' ? [] : [[name.replace(/^\./, 'exptilt'), sourceOf(target.default)] as const],
    )
    const known = new Set(modules.map(({ path }) => path))
    expect(entries.filter(([, path]) => !known.has(path))).toEqual([])
    expect(Object.fromEntries(entries.map(([name, path]) => [name, `./lib/${path}`]))).toEqual(deno.imports)
    expect(entries.map(([, path]) => path)).toEqual(expect.arrayContaining(BROWSER_ENTRIES))
  })

  it('is described alike for JSR: entries, version, packages', () => {
    const jsr = read('jsr.json', jsrCodec)
    expect(
      Object.fromEntries(Object.entries(jsr.exports).map(([name, path]) => [name.replace(/^\./, 'exptilt'), path])),
    ).toEqual(deno.imports)
    expect(jsr.version).toBe(manifest.version)
    const needed = { ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies }
    for (const [name, range] of Object.entries(needed))
      expect([jsr.imports[name], jsr.imports[`${name}/`]]).toEqual([`npm:${name}@${range}`, `npm:/${name}@${range}/`])
    expect(Object.keys(jsr.imports)).toHaveLength(2 * Object.keys(needed).length)
  })
})
