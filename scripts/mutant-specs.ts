/**
 * Which specs should notice a bug of a file: those that mirror it, the laws that hold its folder, then those that reach it by
 * the fewest imports.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'

/** The files under a path of the tree, or the path itself, as paths from the root. */
export const filesUnder = (root: string, path: string, pattern: RegExp): readonly string[] =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
        .map((name) => join(path, name))
        .filter((name) => pattern.test(name))
        .sort()
    : [path]

/** What a file takes from another: names, or everything where `names` is undefined. */
interface Import {
  readonly from: string
  readonly names: readonly string[] | undefined
  /** Whether it hands them on, as an index does. */
  readonly again: boolean
}

const IMPORT = /^(import|export)\s+(?!type\b)(?:(\{[^}]*\})|[^'{}]*?)\s*from\s+'([^']+)'|^import\s+'([^']+)'/gm
const DYNAMIC = /import\('([^']+)'\)/g

const resolved = (root: string, file: string, name: string): string | undefined => {
  const path = name === 'exptilt' ? 'lib/index.ts' : name.replace(/^exptilt\//, 'lib/')
  const found = name.startsWith('.') ? relative(root, resolve(root, dirname(file), name)) : path
  return [found, `${found}.ts`, `${found}/index.ts`].find(
    (each) => each.endsWith('.ts') && existsSync(join(root, each)),
  )
}

/** Names as they are called where they come from, types left out. */
const namesOf = (clause: string): readonly string[] =>
  clause
    .slice(1, -1)
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '' && !each.startsWith('type '))
    .map((each) => each.replace(/\s+as\s+\w+$/, ''))

const importsOf = (root: string, file: string, text: string): readonly Import[] => [
  ...[...text.matchAll(IMPORT)].flatMap(([, word, clause, name, bare]): readonly Import[] => {
    const from = resolved(root, file, name ?? bare ?? '')
    const names = clause === undefined ? undefined : namesOf(clause)
    return from === undefined || names?.length === 0 ? [] : [{ from, names, again: word === 'export' }]
  }),
  ...[...text.matchAll(DYNAMIC)].flatMap(([, name = '']): readonly Import[] => {
    const from = resolved(root, file, name)
    return from === undefined ? [] : [{ from, names: undefined, again: false }]
  }),
]

const DECLARED = /^export\s+(?:declare\s+)?(?:abstract\s+)?(?:async\s+)?(?:const|let|function\*?|class|enum)\s+(\w+)/gm

/** For each file those that import it. An index is looked through: who takes a name from it imports the file that has it. */
export const importersOf = (root: string): ReadonlyMap<string, readonly string[]> => {
  const files = [...filesUnder(root, 'lib', /\.ts$/), ...filesUnder(root, 'specs', /\.ts$/)]
  const texts = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
  const imports = new Map([...texts].map(([file, text]) => [file, importsOf(root, file, text)]))
  const declared = new Map(
    [...texts].map(([file, text]) => [file, new Set([...text.matchAll(DECLARED)].map(([, name = '']) => name))]),
  )
  /** The files that a name of a file comes from: itself, or those that it hands on from. */
  const homes = (file: string, name: string, seen: ReadonlySet<string>): readonly string[] => {
    if (declared.get(file)?.has(name) === true || seen.has(file)) return [file]
    const handed = (imports.get(file) ?? []).filter(({ again, names }) => again && names?.includes(name) !== false)
    const found = handed
      .flatMap(({ from }) => homes(from, name, new Set([...seen, file])))
      .filter((home) => declared.get(home)?.has(name) === true)
    return found.length === 0 ? [file] : found
  }
  const out = new Map<string, Set<string>>()
  for (const [file, all] of imports)
    for (const { from, names, again } of all) {
      if (again && from !== file && (declared.get(file)?.size ?? 0) === 0) continue
      for (const home of names === undefined ? [from] : names.flatMap((name) => homes(from, name, new Set())))
        out.set(home, (out.get(home) ?? new Set()).add(file))
    }
  return new Map([...out].map(([file, by]) => [file, [...by]]))
}

/** The specs that reach the files, nearest first; among equals a folder's own, then by name. */
const reaching = (
  files: readonly string[],
  folder: string,
  by: ReadonlyMap<string, readonly string[]>,
): readonly string[] => {
  const found: string[] = []
  const seen = new Set(files)
  const near = (name: string): number => (dirname(name) === folder ? 0 : 1)
  for (let level = files; level.length > 0; ) {
    level = [...new Set(level.flatMap((name) => by.get(name) ?? []))].filter((name) => !seen.has(name)).sort()
    for (const name of level) seen.add(name)
    found.push(...level.filter((name) => name.endsWith('.spec.ts')).sort((a, b) => near(a) - near(b)))
  }
  return found
}

/** Shader files that a shader's text reaches the program through: itself, and those that name it as their prelude. */
const joined = (root: string, name: string): readonly string[] => {
  const text = readFileSync(join(root, 'lib/generated/shaders.ts'), 'utf8')
  const bodies = [...text.matchAll(/^ {2}(\w+): \{\n([\s\S]*?)\n {4}text:/gm)]
  const using = bodies.filter(([, , facts = '']) => new RegExp(`preludes: .*'${name}'`).test(facts))
  return [name, ...using.map(([, body = '']) => body)]
}

/**
 * Specs that hold a folder by a table or a law and lie far from its files by imports: the quick ones first, as the first failure
 * ends a bug. The operations' laws take every row of the table; those on ONNX Runtime take longest.
 */
const LAWS: readonly (readonly [RegExp, readonly string[]])[] = [
  [
    /^lib\/ops\/kernels/,
    ['reduce', 'gather', 'layout', 'non-finite', 'softmax'].map((name) => `specs/ops/${name}.gpu.spec.ts`),
  ],
  [/^lib\/ops\/(activation|arithmetic|comparison|conversion|elementary|rules)/, ['specs/ops/pointwise.gpu.spec.ts']],
  [/^lib\/ops\/lstm/, ['specs/onnx/executor.spec.ts']],
  [
    /^lib\/ops\//,
    [
      'specs/laws/broadcast.spec.ts',
      'specs/laws/gradient.spec.ts',
      'specs/laws/batch.spec.ts',
      'specs/laws/differences.spec.ts',
      'specs/laws/transpose.spec.ts',
      'specs/ops/non-finite.spec.ts',
      'specs/onnx/operations.spec.ts',
    ],
  ],
  [/^lib\/onnx\//, ['specs/onnx/shapes.spec.ts', 'specs/onnx/operations.spec.ts', 'specs/accuracy.spec.ts']],
  [
    /^lib\/models\//,
    [
      'specs/laws/limits.spec.ts',
      'specs/laws/limits-rows.spec.ts',
      'specs/laws/autoregressive.spec.ts',
      'specs/models/language-runtime.spec.ts',
      'specs/laws/in-turn.spec.ts',
      'specs/models/language-lines.spec.ts',
    ],
  ],
  [
    /^lib\/automata\//,
    ['entropy', 'determinise', 'normalise', 'moments', 'resolvent'].map((name) => `specs/automata/${name}.spec.ts`),
  ],
  [
    /^lib\/train\/(micro-batches|split|stepper|steps|strings)/,
    ['strings', 'steps', 'split', 'micro-batches'].map((name) => `specs/train/${name}.spec.ts`),
  ],
  [/^shaders\/(arg|best)_/, ['specs/ops/reduce.gpu.spec.ts']],
  [/^shaders\/(filter_logits|lane_totals|largest_rows)/, ['specs/ops/top-k.gpu.spec.ts']],
  [/^shaders\/lstm/, ['specs/ops/random.gpu.spec.ts', 'specs/ops/lstm.gpu.spec.ts']],
]

/** A name and what it begins with, word by word: `lstm-nodes` is of the family of `lstm`. */
const families = (stem: string): readonly string[] => {
  const shorter = stem.replace(/-[^-/]+$/, '')
  return shorter === stem ? [stem] : [stem, ...families(shorter)]
}

/** The specs that can notice a bug of a file of `lib/` or `shaders/`. */
export interface Specs {
  /** Those that mirror it or its family and the laws of its folder; where there are none, the nearest. All are worth their time. */
  readonly sure: readonly string[]
  /** Those that reach it by imports, the nearest first. */
  readonly others: readonly string[]
}

export const specsFor = (root: string, by: ReadonlyMap<string, readonly string[]>, file: string): Specs => {
  const shader = file.endsWith('.wgsl')
  const names = shader ? joined(root, file.replace(/^shaders\/|\.wgsl$/g, '')) : []
  const users = filesUnder(root, 'lib', /\.ts$/).filter(
    (lib) =>
      shader &&
      !lib.startsWith('lib/generated/') &&
      new RegExp(`\\b(${names.join('|')})\\b`).test(readFileSync(join(root, lib), 'utf8')),
  )
  const stems = (shader ? users : [file]).map((lib) => lib.replace(/^lib\//, 'specs/').replace(/\.ts$/, ''))
  const mirrors = (ending: string): readonly string[] =>
    stems.flatMap(families).flatMap((stem) => (existsSync(join(root, stem + ending)) ? [stem + ending] : []))
  const laws = LAWS.flatMap(([pattern, specs]) => (pattern.test(file) ? specs : []))
  const own = [...(shader ? [] : mirrors('.spec.ts')), ...mirrors('.gpu.spec.ts'), ...laws]
  const reached = reaching(shader ? users : [file], dirname(stems[0] ?? ''), by)
  const near = [...reached.filter((spec) => !shader || spec.endsWith('.gpu.spec.ts')), ...reached]
  const sure = new Set(own.length > 0 ? own : near.slice(0, 1))
  return { sure: [...sure], others: [...new Set(near)].filter((spec) => !sure.has(spec)) }
}
