/**
 * `npm run kills -- [ROUNDS] [SEED] [NAME] [--from K] [--kills N] [--for SECONDS] [--in FOLDER]`: kills what takes part in runs through a queue.
 *
 * A round starts a Redis that keeps what it has, two workers and a command of `kills-families.ts` (those whose name contains NAME
 * take turns). At N moments (10) drawn from the seed, within an undisturbed run's time and a second for each kill, it kills (SIGKILL) a
 * worker (another starts), the command (which is started again) or Redis (which is started again), and compares the results with
 * those of a run that nobody disturbed. A command that ends since one of its runs died too often is given again, as it says. Rounds K
 * to K + ROUNDS − 1 (those that the folder lacks, 100) are done, none begun after so many seconds. FOLDER keeps what rounds begin with,
 * for the next portion, and the tally of all. A round fails where results differ, a command fails or takes five times as long and some minutes, or a worker ends by itself; the exit code
 * is then 1.
 */
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { at } from '../lib/at.ts'
import { canonicalJson } from '../lib/codec/canonical-json.ts'
import { fold, key, uniforms } from '../lib/key.ts'
import { right } from '../specs/either.ts'
import { type Command, command, type Server, startRedis } from '../specs/redis-server.ts'
import { families, type Family } from './kills-families.ts'

/** What of results depends on the run, not on what it computes. */
const OWN = /^(seconds|\w+Seconds|options|generation|out|rate)$/

/** The workers that computed, in what a report says of them. */
const WORKERS = / at \S+(, \S+)*( and \d+ more)?$/

/** What of results says who computed. */
const NAMED = /^(adapter|model)$/

/** How a command ends some of whose runs died too often. */
const PARKED = /jobs retry/

/** Seconds that a round may take at least. */
const PATIENCE = 300

const victims = ['a worker', 'the command', 'Redis'] as const

/** Something that is killed, so many seconds after the beginning. */
interface Kill {
  readonly who: (typeof victims)[number]
  readonly after: number
}

/** What a round gave. */
interface Outcome {
  readonly results: string
  readonly seconds: number
  /** Kills that came before the end. */
  readonly killed: readonly Kill[]
}

/** What a family's rounds begin with, and what a run that nobody disturbs gives. */
interface Subject {
  readonly fresh: (name: string) => string
  readonly results: string
  readonly seconds: number
}

const later = (seconds: number): Promise<void> =>
  new Promise((go) => {
    setTimeout(go, 1000 * seconds).unref()
  })

const ownless = (field: string, value: unknown): unknown =>
  OWN.test(field) ? null : NAMED.test(field) ? String(value).replace(WORKERS, '') : value

const resultsOf = (folder: string, names: readonly string[]): string =>
  names
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8')
      return name.endsWith('.json') ? right(canonicalJson(JSON.parse(text, ownless))) : text
    })
    .join('\n')

/** Workers of a round: a failure where one ends that nobody killed. */
const workersOn = (server: Server, failed: (why: string) => void) => {
  const there = new Set<Command>()
  const start = async (): Promise<void> => {
    const worker = command('worker', '--on', server.url)
    there.add(worker)
    void worker.end.then((code) => {
      if (there.delete(worker)) failed(`a worker ended by itself (${code}): ${worker.said().slice(-3000)}`)
    })
    await Promise.race([worker.says(/takes jobs/), worker.end])
  }
  const kill = async (): Promise<void> => {
    const [first] = there
    if (first === undefined) return
    there.delete(first)
    first.kill('SIGKILL')
    await first.end
  }
  return { start, kill, size: () => there.size }
}

/** A command that is started again where it was killed. */
const commandOf = (
  { begin, again = begin, run = command }: Family,
  folder: string,
  on: string,
  failed: (why: string) => void,
) => {
  let current: Command | undefined
  const along = async (): Promise<void> => {
    for (let code: number | null = null; code !== 0; ) {
      const begun = existsSync(join(folder, 'options.json'))
      current = run(...(begun ? again(folder) : begin(folder)), '--on', on)
      code = await current.end
      if (code === null || code === 0 || (code === 1 && PARKED.test(current.said()))) continue
      failed(`exit code ${code}: ${current.said().slice(-3000)}`)
    }
  }
  return { end: along(), kill: () => current?.kill('SIGKILL'), said: () => current?.said() ?? '' }
}

/** A round in a folder, in at most so many seconds. */
const round = async (family: Family, folder: string, kills: readonly Kill[], limit: number): Promise<Outcome> => {
  const server = await startRedis()
  let failed: (why: string) => void = () => undefined
  const failure = new Promise<never>((_, reject) => {
    failed = (why) => {
      reject(new Error(why))
    }
  })
  const workers = workersOn(server, failed)
  const killed: Kill[] = []
  try {
    await Promise.race([failure, Promise.all([workers.start(), workers.start()])])
    const since = performance.now()
    const run = commandOf(family, folder, server.url, failed)
    let open = true
    const disturb = async (kill: Kill): Promise<void> => {
      const ended = await Promise.race([run.end.then(() => true), later(kill.after).then(() => false)])
      if (ended || !open) return
      killed.push(kill)
      if (kill.who === 'Redis') await server.restart(true)
      else if (kill.who === 'the command') run.kill()
      else await workers.kill().then(workers.start)
    }
    const disturbed = Promise.all(kills.map(disturb))
    const late = later(limit).then(() => {
      if (open) failed(`no end after ${limit.toFixed(0)} s: ${run.said().slice(-3000)}`)
    })
    await Promise.race([failure, run.end])
    open = false
    void late
    const seconds = (performance.now() - since) / 1000
    await Promise.race([failure, disturbed])
    return { results: resultsOf(folder, family.results), seconds, killed }
  } finally {
    while (workers.size() > 0) await workers.kill()
    await server.stop()
  }
}

/** What a family's rounds begin with: made once in a folder, and kept there. */
const prepared = async (family: Family, parent: string): Promise<Subject> => {
  const [start, calm] = [join(parent, 'start'), join(parent, 'calm.json')]
  const fresh = (name: string): string => {
    const folder = join(parent, name)
    rmSync(folder, { recursive: true, force: true })
    if (existsSync(start)) cpSync(start, folder, { recursive: true })
    return folder
  }
  mkdirSync(parent, { recursive: true })
  if (!existsSync(calm)) {
    if (family.before !== undefined) {
      const made = command(...family.before(start))
      if ((await made.end) !== 0) throw new Error(made.said())
    }
    writeFileSync(calm, JSON.stringify(await round(family, fresh('calm'), [], 600)))
  }
  const kept: Pick<Subject, 'results' | 'seconds'> = JSON.parse(readFileSync(calm, 'utf8'))
  process.stdout.write(`${family.name}: ${kept.seconds.toFixed(1)} s undisturbed\n`)
  return { fresh, ...kept }
}

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string' },
    for: { type: 'string', default: '1e9' },
    kills: { type: 'string', default: '10' },
    in: { type: 'string' },
  },
})
const [rounds = '100', seed = String(Date.now() % 2 ** 31), only = ''] = positionals
const count = Number(options.kills)
process.stdout.write(`seed ${seed}\n`)
const parent = options.in ?? mkdtempSync(join(tmpdir(), 'exptilt-kills-'))
mkdirSync(parent, { recursive: true })
const ledger = join(parent, 'rounds.jsonl')

/** Families of commands take turns, and in each its members. */
const groups = [...new Set(families.map(({ name, of = name }) => of))]
  .map((group) => families.filter(({ name, of = name }) => of === group && name.includes(only)))
  .filter((members) => members.length > 0)

const familyOf = (i: number): Family => {
  const members = at(groups, i % groups.length)
  return at(members, Math.floor(i / groups.length) % members.length)
}

/** The kills of a round, in their order. */
const killsOf = (i: number, seconds: number): readonly Kill[] => {
  const u = uniforms(fold(key(Number(seed)), i), 2 * count)
  return Array.from({ length: count }, (_, j) => ({
    who: at(victims, Math.floor(victims.length * at(u, 2 * j))),
    after: (seconds + count) * at(u, 2 * j + 1),
  })).toSorted((a, b) => a.after - b.after)
}

/** What is known of all rounds of a folder, a line each. */
interface Told {
  readonly family: string
  readonly killed: readonly Kill['who'][]
  readonly same: boolean
}

const rowsKnown = (): readonly Told[] =>
  existsSync(ledger)
    ? readFileSync(ledger, 'utf8')
        .trim()
        .split('\n')
        .map((line) => {
          const told: Told = JSON.parse(line)
          return told
        })
    : []

/** Kills by family and victim, of all rounds in the folder. */
const tally = (): string => {
  const all = rowsKnown()
  return [...new Set(all.map(({ family }) => family))]
    .map((family) => {
      const own = all.filter((each) => each.family === family)
      const killed = own.flatMap((each) => each.killed)
      const of = (who: Kill['who']): number => killed.filter((each) => each === who).length
      const parts = victims.map((who) => `${of(who)} ${who}`).join(', ')
      return `${family}: ${own.length} rounds, ${killed.length} kills (${parts}), ${own.filter(({ same }) => !same).length} ended otherwise\n`
    })
    .join('')
}

let wrong = 0
const from = options.from === undefined ? rowsKnown().length : Number(options.from)
for (let i = from; i < from + Number(rounds) && performance.now() < 1000 * Number(options.for); i++) {
  const family = familyOf(i)
  const { fresh, results, seconds } = await prepared(family, join(parent, family.name.replaceAll(' ', '-')))
  const kills = killsOf(i, seconds)
  const folder = fresh(`round-${i}`)
  const told = kills.map(({ who, after }) => `${who} at ${after.toFixed(1)} s`).join(', ')
  const found = await round(family, folder, kills, Math.max(PATIENCE, 5 * seconds)).catch((thrown: unknown) =>
    String(thrown),
  )
  const same = typeof found !== 'string' && found.results === results
  const known: Told = {
    family: family.name,
    killed: typeof found === 'string' ? [] : found.killed.map(({ who }) => who),
    same,
  }
  appendFileSync(ledger, `${JSON.stringify(known)}\n`)
  if (same) rmSync(folder, { recursive: true, force: true })
  else wrong += 1
  const ended =
    typeof found === 'string'
      ? `NO results (${found})`
      : `${same ? 'the same' : 'OTHER'} results in ${found.seconds.toFixed(1)} s`
  process.stdout.write(`${i} ${family.name}: ${told}: ${ended}\n`)
}
process.stdout.write(`${tally()}${wrong === 0 ? '' : `(in ${parent})\n`}`)
if (wrong === 0 && options.in === undefined) rmSync(parent, { recursive: true, force: true })
process.exitCode = wrong === 0 ? 0 : 1
