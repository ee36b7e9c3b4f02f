/**
 * The rooms and the doors between them: imports in `lib/` point one way, form no cycle, and only `device` knows WebGPU.
 *
 * A room is a first-level folder or file of `lib/` (`lib/automata/…` is `automata`, `lib/expr.ts` is `expr`). Every
 * check here is a table over rooms, so that a new room is one line, and each is tried on a planted violation.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

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

const room = (path: string): string => (path.split('/')[0] ?? path).replace(/\.ts$/, '')

/** Rooms that may import these rooms and no others. */
const MATHEMATICS = ['errors', 'at', 'key', 'semiring', 'math', 'linear', 'eigen', 'moments']
const VALUES = [...MATHEMATICS, 'dtype', 'axis', 'tree', 'phantom', 'expr']
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
  phantom: ['expr', 'at'],
  ops: [...VALUES, 'ops', 'grad'],
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
}

/** Rooms that reach the machine: files, processes, terminals, native libraries. */
const EDGE = ['cli', 'language-model', 'codec', 'data', 'device', 'onnx', 'report', 'train', 'systems']

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

  it('has no cycles', () => {
    const planted = [
      module('a.ts', `import './b.ts'`),
      module('b.ts', `import './c.ts'`),
      module('c.ts', `import './b.ts'`),
    ]
    expect(cycles(planted)).toEqual(['b.ts → c.ts → b.ts'])
    expect(cycles(modules)).toEqual([])
  })

  it('imports nothing from the command line, and nothing from the index', () => {
    const inward = (target: string): readonly string[] =>
      modules
        .filter(({ path, files }) => room(path) !== target && files.some((file) => room(file) === target))
        .map(({ path }) => path)
    expect(inward('cli')).toEqual([])
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

  it('imports fp-ts in the one form that every runtime resolves', () => {
    const wrong = (name: string): boolean => name.startsWith('fp-ts') && !/^fp-ts\/lib\/\w+\.js$/.test(name)
    expect(modules.flatMap(({ path, packages }) => packages.filter(wrong).map((name) => `${path} → ${name}`))).toEqual(
      [],
    )
  })
})
