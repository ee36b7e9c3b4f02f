/**
 * `npm run mutants -- PATH… [--sample N] [--seed S] [--specs A,B] [--limit L] [--out FILE]`: plants bugs one at a time and
 * counts those that a spec notices.
 *
 * A PATH is a file or folder of `lib/` or `shaders/`. The bugs (see `mutations.ts`) that type-check are put in random order
 * by the seed; the first N (all by default) are planted in a copy of the tree in the temporary folder, never here. Each is
 * tried on the spec that mirrors its file, then on up to L others that import it, nearest first. A failing spec kills it,
 * and so does one that does not end in time. Survivors are printed with their place and text; everything is written to FILE
 * as JSON (`mutants.json` in the temporary folder by default).
 */
import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { shareInterval } from '../lib/energy/index.ts'
import { key, uniforms } from '../lib/key.ts'
import { applied, type Mutation, mutationsOf, mutationsOfShader } from './mutations.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** What became of a planted bug. */
type Outcome = 'killed' | 'timeout' | 'survived'

interface Result {
  readonly file: string
  readonly line: number
  readonly change: string
  readonly outcome: Outcome
  /** The specs that ran, the last of which killed it, if any did. */
  readonly specs: readonly string[]
  readonly seconds: number
}

const filesUnder = (path: string, pattern: RegExp): readonly string[] =>
  statSync(join(root, path)).isDirectory()
    ? readdirSync(join(root, path), { recursive: true, encoding: 'utf8' })
        .map((name) => join(path, name))
        .filter((name) => pattern.test(name))
        .sort()
    : [path]

const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

/** A copy of the tree as git sees it, with the packages linked. */
const copyTree = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'mutants-'))
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of stdout.split('\n'))
    if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(copy, file))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
}

const IMPORT = /from\s+'(\.[^']+\.ts)'/g

/** Files that a file imports, relative to the root. */
const importsOf = (file: string): readonly string[] =>
  [...textOf(file).matchAll(IMPORT)].flatMap(([, name = '']) => {
    const found = relative(root, resolve(root, dirname(file), name))
    return existsSync(join(root, found)) ? [found] : []
  })

/** For each file those that import it. */
const importers = (): ReadonlyMap<string, readonly string[]> => {
  const out = new Map<string, string[]>()
  for (const file of [...filesUnder('lib', /\.ts$/), ...filesUnder('specs', /\.ts$/)])
    for (const name of importsOf(file)) out.set(name, [...(out.get(name) ?? []), file])
  return out
}

/** The specs of a file: its mirrors first, then those that reach it by the fewest imports, by name among equals. */
const specsOf = (file: string, by: ReadonlyMap<string, readonly string[]>, limit: number): readonly string[] => {
  const stem = file.replace(/^lib\//, 'specs/').replace(/\.ts$/, '')
  const mirrors = [`${stem}.spec.ts`, `${stem}.gpu.spec.ts`].filter((name) => existsSync(join(root, name)))
  const found: string[] = []
  const seen = new Set([file])
  for (let level = [file]; level.length > 0 && found.length < limit + mirrors.length; ) {
    level = [...new Set(level.flatMap((name) => by.get(name) ?? []))].filter((name) => !seen.has(name)).sort()
    for (const name of level) seen.add(name)
    // A folder's own specs say most about its files.
    const near = (name: string): number => (dirname(name) === dirname(stem) ? 0 : 1)
    found.push(...level.filter((name) => name.endsWith('.spec.ts')).sort((a, b) => near(a) - near(b)))
    // The index of everything says nothing about nearness.
    level = level.filter((name) => name !== 'lib/index.ts')
  }
  return [...mirrors, ...found.filter((name) => !mirrors.includes(name)).slice(0, limit)]
}

/** The specs of a shader: those on the GPU of the operations that name it, or name one that it is joined to. */
const specsOfShader = (file: string, limit: number): readonly string[] => {
  const name = file.replace(/^shaders\/|\.wgsl$/g, '')
  const bodies = filesUnder('shaders', /\.wgsl$/).filter((f) => new RegExp(`Preludes:.*\\b${name}\\b`).test(textOf(f)))
  const names = [name, ...bodies.map((f) => f.replace(/^shaders\/|\.wgsl$/g, ''))]
  const specs = filesUnder('specs', /\.gpu\.spec\.ts$/)
  return specs.filter((spec) => names.some((n) => textOf(spec).includes(`'${n}'`))).slice(0, limit + 1)
}

/** Whether a text of a file type-checks, the rest of the project unchanged. */
const typeChecker = (files: readonly string[]): ((file: string, text: string) => boolean) => {
  const changed = new Map<string, { readonly text: string; readonly version: number }>()
  const config = ts.readConfigFile(join(root, 'tsconfig.json'), (name) => ts.sys.readFile(name))
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, root)
  const service = ts.createLanguageService({
    getScriptFileNames: () => files.map((file) => join(root, file)),
    getScriptVersion: (name) => String(changed.get(name)?.version ?? 0),
    getScriptSnapshot: (name) => {
      const text = changed.get(name)?.text ?? ts.sys.readFile(name)
      return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
    },
    getCurrentDirectory: () => root,
    getCompilationSettings: () => options,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => ts.sys.fileExists(name),
    readFile: (name) => ts.sys.readFile(name),
  })
  return (file, text) => {
    const name = join(root, file)
    const set = (next: string): void => {
      changed.set(name, { text: next, version: (changed.get(name)?.version ?? 0) + 1 })
    }
    set(text)
    const wrong = [...service.getSyntacticDiagnostics(name), ...service.getSemanticDiagnostics(name)]
    set(textOf(file))
    return wrong.every((d) => d.category !== ts.DiagnosticCategory.Error)
  }
}

/** Runs a program; its exit code, or undefined when it was ended after `seconds`, with everything that it started. */
const ended = (cwd: string, args: readonly string[], seconds: number): Promise<number | undefined> =>
  new Promise((done) => {
    const child = spawn(process.execPath, args, { cwd, stdio: 'ignore', detached: true })
    let late = false
    const timer = setTimeout(() => {
      late = true
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    }, 1000 * seconds)
    child.on('exit', (code) => {
      clearTimeout(timer)
      done(late ? undefined : (code ?? 1))
    })
  })

const vitest = (copy: string, specs: readonly string[], seconds: number): Promise<number | undefined> =>
  ended(
    copy,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      ...specs,
      '--bail',
      '1',
      '--maxWorkers',
      '1',
      '--experimental.fsModuleCache',
    ],
    seconds,
  )

const regenerate = (copy: string): Promise<number | undefined> =>
  ended(copy, ['node_modules/tsx/dist/cli.mjs', 'scripts/shaders.ts'], 120)

/** Plants one bug in the copy, runs the specs in turn until one fails, and takes it out again. */
const tried = async (copy: string, mutation: Mutation, specs: readonly string[], seconds: number): Promise<Result> => {
  const { file, line, change } = mutation
  const started = performance.now()
  const shader = file.endsWith('.wgsl')
  writeFileSync(join(copy, file), applied(textOf(file), mutation))
  if (shader) await regenerate(copy)
  const ran: string[] = []
  let outcome: Outcome = 'survived'
  for (const spec of specs) {
    ran.push(spec)
    const code = await vitest(copy, [spec], seconds)
    if (code === 0) continue
    outcome = code === undefined ? 'timeout' : 'killed'
    break
  }
  cpSync(join(root, file), join(copy, file))
  if (shader) cpSync(join(root, 'lib/generated/shaders.ts'), join(copy, 'lib/generated/shaders.ts'))
  return { file, line, change, outcome, specs: ran, seconds: Math.round((performance.now() - started) / 100) / 10 }
}

const shuffled = (all: readonly Mutation[], seed: number): readonly Mutation[] => {
  const us = uniforms(key(seed), all.length)
  return all
    .map((mutation, i) => ({ mutation, u: us[i] ?? 0 }))
    .sort((a, b) => a.u - b.u)
    .map(({ mutation }) => mutation)
}

const line = ({ file, line: at, change, outcome, specs, seconds }: Result): string =>
  `${outcome.padEnd(8)} ${file}:${at}  ${change}  (${specs.at(-1) ?? 'no spec'}, ${seconds} s)`

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sample: { type: 'string' },
      seed: { type: 'string', default: '1' },
      specs: { type: 'string' },
      limit: { type: 'string', default: '4' },
      timeout: { type: 'string', default: '180' },
      out: { type: 'string', default: join(tmpdir(), 'mutants.json') },
    },
  })
  if (positionals.length === 0) {
    console.error(
      'usage: npm run mutants -- PATH… [--sample N] [--seed S] [--specs A,B] [--limit L] [--timeout S] [--out FILE]',
    )
    process.exitCode = 2
    return
  }
  const files = positionals.flatMap((path) => filesUnder(relative(root, resolve(path)), /\.(ts|wgsl)$/))
  const scripts = files.filter((file) => file.endsWith('.ts'))
  const checks = typeChecker(scripts)
  const all = files.flatMap((file) =>
    file.endsWith('.wgsl') ? mutationsOfShader(file, textOf(file)) : mutationsOf(file, textOf(file)),
  )
  const wanted = Number(values.sample ?? all.length)
  const by = importers()
  const limit = Number(values.limit)
  const copy = copyTree()
  const results: Result[] = []
  console.log(`${all.length} bugs in ${files.length} files; ${Math.min(wanted, all.length)} are planted in ${copy}`)
  for (const mutation of shuffled(all, Number(values.seed))) {
    if (results.length === wanted) break
    const { file } = mutation
    if (file.endsWith('.ts') && !checks(file, applied(textOf(file), mutation))) continue
    const own = file.endsWith('.wgsl') ? specsOfShader(file, limit) : specsOf(file, by, limit)
    const result = await tried(copy, mutation, values.specs?.split(',') ?? own, Number(values.timeout))
    results.push(result)
    console.log(line(result))
    const killed = results.filter((r) => r.outcome !== 'survived').length
    const interval = shareInterval(killed, results.length, 0.05)
    writeFileSync(
      values.out,
      JSON.stringify(
        { paths: positionals, seed: values.seed, killed, planted: results.length, interval, results },
        undefined,
        2,
      ),
    )
  }
  rmSync(copy, { recursive: true, force: true })
  const survivors = results.filter((r) => r.outcome === 'survived')
  const killed = results.length - survivors.length
  const [low, high] = shareInterval(killed, Math.max(results.length, 1), 0.05).map((p) => (100 * p).toFixed(0))
  console.log(`\n${killed} of ${results.length} killed (95 %: ${low}–${high} %)`)
  for (const survivor of survivors) console.log(line(survivor))
}

await main()
