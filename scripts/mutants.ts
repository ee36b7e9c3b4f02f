/**
 * `npm run mutants -- PATH[:LINE]… [--sample N] [--after K] [--seed S] [--specs A,B] [--limit L] [--out FILE]`: plants bugs one at a
 * time and counts those that a spec notices. `--known` plants those of `known-bugs.ts` instead.
 *
 * A PATH is a file or folder of `lib/` or `shaders/`. The bugs (see `mutations.ts`) that type-check are put in random order
 * by the seed; the first N after the first K (all by default) are planted in a copy of the tree in the temporary folder, never here. Each is
 * tried on the specs that mirror its file, the laws that hold its folder (`mutant-specs.ts`), then on others that reach it by
 * imports, nearest first, up to L in all and stopping at the first failure. That kills it, and so does a run that does not end in several times the time that its
 * specs take. A spec that kills is run on the tree as it is: one that fails there is named and left out, and the bug tried
 * again. Before the first bug one that nothing can survive is planted, which must be killed. Survivors are printed with their
 * place and text; everything is written to FILE as JSON (`mutants.json` in the temporary folder by default).
 */
import { type ChildProcess, fork, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import ts from 'typescript'
import { shareInterval } from '../lib/energy/index.ts'
import { key, uniforms } from '../lib/key.ts'
import { knownBugs } from './known-bugs.ts'
import type { Order, SpecResult } from './mutant-runner.ts'
import { filesUnder, importersOf, type Specs, specsFor } from './mutant-specs.ts'
import { applied, type Mutation, mutationsOf, mutationsOfShader, replacement } from './mutations.ts'
import { generate, readShaders } from './shaders.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Seconds that a spec far by imports may take on the unchanged tree. */
const SLOW = 15

/** What became of a planted bug. */
interface Result {
  readonly file: string
  readonly line: number
  readonly change: string
  readonly outcome: 'killed' | 'timeout' | 'survived'
  /** The specs that ran, the last of which killed it, if any did; and the test that failed. */
  readonly specs: readonly string[]
  readonly test: string | undefined
  readonly seconds: number
}

const texts = new Map<string, string>()

/** The text of a file as it was when it was first read: the tree may change while bugs are planted in the copy. */
const textOf = (file: string): string => {
  const text = texts.get(file) ?? readFileSync(join(root, file), 'utf8')
  texts.set(file, text)
  return text
}

/** A copy of the tree as git sees it, with the packages linked. */
const copyTree = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'mutants-'))
  const { stdout } = spawnSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  for (const file of stdout.split('\n'))
    if (file !== '' && file !== 'node_modules' && existsSync(join(root, file)))
      cpSync(join(root, file), join(copy, file))
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  return copy
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

/** The vitest of a copy. `run` answers what the specs did, or nothing where it was ended after the seconds that it had. */
interface Runner {
  readonly run: (order: Order, seconds: number) => Promise<readonly SpecResult[] | undefined>
  readonly end: () => void
}

const startRunner = (copy: string): Runner => {
  let child: ChildProcess | undefined
  const end = (): void => {
    // Its workers are in its group.
    if (child?.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    child = undefined
  }
  const answer = (from: ChildProcess): Promise<readonly SpecResult[]> =>
    new Promise((done, fail) => {
      from.once('message', (results: readonly SpecResult[]) => {
        from.removeAllListeners('exit')
        done(results)
      })
      from.once('exit', (code) => fail(new Error(`vitest ended with ${code}`)))
    })
  const started = async (): Promise<ChildProcess> => {
    if (child !== undefined) return child
    child = fork(join(copy, 'scripts/mutant-runner.ts'), {
      cwd: copy,
      detached: true,
      // A spec that skips itself where there is no adapter, or none that passes its self test, would let a bug of one live.
      env: { ...process.env, EXPTILT_REQUIRE_WEBGPU: '1' },
      stdio: ['ignore', 'ignore', 2, 'ipc'],
    })
    await answer(child)
    return child
  }
  const run: Runner['run'] = async (order, seconds) => {
    const vitest = await started()
    const results = answer(vitest)
    vitest.send(order)
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<undefined>((done) => {
      timer = setTimeout(() => {
        vitest.removeAllListeners('exit')
        end()
        done(undefined)
      }, 1000 * seconds)
    })
    return Promise.race([results, late]).finally(() => clearTimeout(timer))
  }
  return { run, end }
}

/** Puts a text, or what the tree has, into the copy, and says which files of the copy have changed by it. */
const put = (copy: string, file: string, text = textOf(file)): readonly string[] => {
  writeFileSync(join(copy, file), text)
  if (!file.endsWith('.wgsl')) return [file]
  const generated = 'lib/generated/shaders.ts'
  writeFileSync(join(copy, generated), generate(readShaders(pathToFileURL(`${join(copy, 'shaders')}/`))))
  return [generated]
}

/** What is known of specs: seconds of those that ran well, and whether they pass on the tree as it is, once that was asked. */
interface Known {
  readonly seconds: Map<string, number>
  readonly sound: Map<string, boolean>
}

/** Whether a spec passes, and ends, on the tree as it is: asked of every spec that kills, once. */
const isSound = async (runner: Runner, { sound }: Known, spec: string): Promise<boolean> => {
  const before = sound.get(spec)
  if (before !== undefined) return before
  const results = await runner.run({ specs: [spec], changed: [], bail: true }, 600)
  const failed =
    results === undefined ? 'does not end in 600 s' : results.find((each) => each.failed !== undefined)?.failed
  if (failed !== undefined) console.log(`left out: ${spec}, as it is: ${failed}`)
  sound.set(spec, failed === undefined)
  return failed === undefined
}

/** Those that are sure to be worth it, then the quickest, as far as is known, of twice as many as are left of L. */
const chosen = ({ sure, others }: Specs, limit: number, { seconds }: Known): readonly string[] => {
  const cost = (spec: string): number => seconds.get(spec) ?? 5
  const left = Math.max(limit - sure.length, 0)
  const quick = others
    .slice(0, 2 * left)
    .filter((spec) => cost(spec) < SLOW)
    .sort((a, b) => cost(a) - cost(b))
  return [...sure, ...quick.slice(0, left)]
}

/** Plants one bug in the copy, runs the specs until one fails, and takes it out again. */
const tried = async (
  copy: string,
  runner: Runner,
  known: Known,
  bug: Mutation,
  all: readonly string[],
): Promise<Result> => {
  const { file, line, change } = bug
  const started = performance.now()
  const done = (outcome: Result['outcome'], specs: readonly string[], test?: string): Result => {
    const seconds = Math.round((performance.now() - started) / 100) / 10
    return { file, line, change, outcome, specs, test, seconds }
  }
  for (;;) {
    const specs = all.filter((spec) => known.sound.get(spec) !== false)
    const allowed = 30 + specs.reduce((sum, spec) => sum + 5 * (known.seconds.get(spec) ?? 20), 0)
    const changed = put(copy, file, applied(textOf(file), bug))
    const results = specs.length === 0 ? [] : await runner.run({ specs, changed, bail: true }, allowed)
    put(copy, file)
    await runner.run({ specs: [], changed, bail: true }, 60)
    for (const { spec, seconds, failed } of results ?? []) if (failed === undefined) known.seconds.set(spec, seconds)
    const killer = results?.find((each) => each.failed !== undefined)
    if (killer === undefined && results !== undefined) return done('survived', specs)
    // What kills must pass without the bug; of a run without end the nearest is asked.
    const suspect = killer?.spec ?? specs[0] ?? ''
    if (!(await isSound(runner, known, suspect))) continue
    return killer === undefined
      ? done('timeout', specs)
      : done('killed', results?.slice(0, results.indexOf(killer) + 1).map(({ spec }) => spec) ?? [], killer.failed)
  }
}

const shuffled = (all: readonly Mutation[], seed: number): readonly Mutation[] => {
  const us = uniforms(key(seed), all.length)
  return all
    .map((mutation, i) => ({ mutation, u: us[i] ?? 0 }))
    .sort((a, b) => a.u - b.u)
    .map(({ mutation }) => mutation)
}

const line = ({ file, line: at, change, outcome, specs, seconds, test }: Result): string =>
  `${outcome.padEnd(8)} ${file}:${at}  ${change}  (${specs.at(-1) ?? 'no spec'}${test === undefined ? '' : `: ${test}`}, ${seconds} s)`

/** The bugs of a path, or of one line of it. */
const bugsOf = (path: string): readonly Mutation[] => {
  const [, name = path, at] = /^(.*?)(?::(\d+))?$/.exec(path) ?? []
  return filesUnder(root, relative(root, resolve(name)), /\.(ts|wgsl)$/)
    .flatMap((file) => (file.endsWith('.wgsl') ? mutationsOfShader : mutationsOf)(file, textOf(file)))
    .filter((bug) => at === undefined || bug.line === Number(at))
}

const options = {
  sample: { type: 'string' },
  after: { type: 'string', default: '0' },
  seed: { type: 'string', default: '1' },
  specs: { type: 'string' },
  limit: { type: 'string', default: '8' },
  known: { type: 'boolean', default: false },
  out: { type: 'string', default: join(tmpdir(), 'mutants.json') },
} as const

const USAGE =
  'usage: npm run mutants -- PATH[:LINE]… | --known [--sample N] [--after K] [--seed S] [--specs A,B] [--limit L] [--out FILE]'

const main = async (): Promise<void> => {
  const { values, positionals } = parseArgs({ allowPositionals: true, options })
  if (positionals.length === 0 && !values.known) {
    console.error(USAGE)
    process.exitCode = 2
    return
  }
  const own = new Map<Mutation, string | undefined>(
    values.known ? knownBugs.map(({ file, from, to, spec }) => [replacement(file, textOf(file), from, to), spec]) : [],
  )
  const all = values.known ? [...own.keys()] : shuffled(positionals.flatMap(bugsOf), Number(values.seed))
  const files = [...new Set(all.map(({ file }) => file))]
  const checks = typeChecker(files.filter((file) => file.endsWith('.ts')))
  const wanted = Number(values.sample ?? all.length)
  const by = importersOf(root)
  const copy = copyTree()
  const runner = startRunner(copy)
  const clear = (): void => {
    runner.end()
    rmSync(copy, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM'])
    process.once(signal, () => {
      clear()
      process.exit(1)
    })
  const known: Known = { seconds: new Map(), sound: new Map() }
  const results: Result[] = []
  console.log(`${all.length} bugs in ${files.length} files; at most ${wanted} are planted in ${copy}`)
  let passed = 0
  try {
    for (const bug of all) {
      if (results.length === wanted) break
      const { file } = bug
      if (file.endsWith('.ts') && !checks(file, applied(textOf(file), bug))) continue
      if (passed++ < Number(values.after)) continue
      const first = own.get(bug)
      const found = specsFor(root, by, file)
      const near = first === undefined ? found : { ...found, sure: [...new Set([first, ...found.sure])] }
      const specs = values.specs?.split(',') ?? chosen(near, Number(values.limit), known)
      if (results.length === 0 && file.endsWith('.ts') && specs.length > 0) {
        const sure = { ...bug, start: 0, end: 0, text: "throw new Error('planted')\n" }
        const { outcome } = await tried(copy, runner, known, sure, specs)
        if (outcome !== 'killed') throw new Error(`a ${file} that only throws has ${outcome}: the tester is broken`)
      }
      const result = await tried(copy, runner, known, bug, specs)
      results.push(result)
      console.log(line(result))
      const killed = results.filter((r) => r.outcome !== 'survived').length
      const interval = shareInterval(killed, results.length, 0.05)
      const { seed } = values
      const summary = { paths: positionals, seed, killed, planted: results.length, interval, results }
      writeFileSync(values.out, JSON.stringify(summary, undefined, 2))
    }
  } finally {
    clear()
  }
  const survivors = results.filter((r) => r.outcome === 'survived')
  const killed = results.length - survivors.length
  const [low, high] = shareInterval(killed, Math.max(results.length, 1), 0.05).map((p) => (100 * p).toFixed(0))
  console.log(`\n${killed} of ${results.length} killed (95 %: ${low}–${high} %)`)
  for (const survivor of survivors) console.log(line(survivor))
}

await main()
