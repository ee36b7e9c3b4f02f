/**
 * `npm test`: every check of the project, cheapest first, one header each; those that keep one core busy run side by side, lint, which
 * takes longest of them, beside the specs. The first that fails ends the run.
 *
 * With EXPTILT_REQUIRE_DOOR=1 the packed tarball is installed and used in an empty folder too, which needs npm's registry (`npm run door`).
 * Arguments are passed to vitest: `npm test -- specs/automata` runs the checks and that folder's specs.
 */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A check: what it says it checks, and the command (a program of node_modules/.bin with its arguments). */
interface Check {
  readonly title: string
  readonly command: readonly [program: string, ...args: readonly string[]]
}

/** The checks, in groups that run side by side; the last of a group says at once what it has to say, the others when they have ended. */
const groups: readonly (readonly Check[])[] = [
  [{ title: 'Format', command: ['biome', 'format', '--error-on-warnings', '.'] }],
  [{ title: 'Generated shader module is fresh', command: ['tsx', 'scripts/shaders.ts', '--check'] }],
  [
    { title: 'Types, right programs and wrong ones', command: ['tsc', '--project', 'tsconfig.json'] },
    { title: 'The package: types, entries, links, size', command: ['tsx', 'scripts/package.ts'] },
  ],
  [{ title: 'WebGPU adapters', command: ['tsx', 'scripts/adapters.ts'] }],
  [
    { title: 'Lint', command: ['eslint', '--max-warnings', '0', '.'] },
    {
      title: 'Specs: import directions, type errors, properties, shaders, documentation',
      command: ['vitest', 'run', ...process.argv.slice(2)],
    },
  ],
  ...(process.env['EXPTILT_REQUIRE_DOOR'] === '1'
    ? [[{ title: 'The tarball in an empty folder, from npm', command: ['tsx', 'scripts/door.ts'] } as const]]
    : []),
]

const count = groups.flat().length
const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)

/**
 * Runs a check in the project's root until it ends or the signal ends it; true when it passed. One that is not `shown` says what it has to
 * say when it has ended.
 */
const passes = (
  { title, command: [program, ...args] }: Check,
  { position, shown, signal }: { readonly position: number; readonly shown: boolean; readonly signal: AbortSignal },
): Promise<boolean> =>
  new Promise((resolve) => {
    const started = performance.now()
    const header = `\n[${position}/${count}] ${title}\n`
    if (shown) process.stdout.write(header)
    const child = spawn(`node_modules/.bin/${program}`, args, {
      cwd: root,
      signal,
      stdio: ['inherit', shown ? 'inherit' : 'pipe', shown ? 'inherit' : 'pipe'],
    })
    const said: Uint8Array[] = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Uint8Array) => said.push(chunk))
    const end = (reason: string | undefined): void => {
      if (!shown && !signal.aborted) process.stdout.write(Buffer.concat([Buffer.from(header), ...said]))
      if (reason !== undefined && !signal.aborted)
        console.error(`\n${title}: failed after ${seconds(started)} s: ${[program, ...args].join(' ')}${reason}`)
      resolve(reason === undefined)
    }
    child.on('error', ({ message }) => {
      end(` (${message})`)
    })
    child.on('close', (code) => {
      end(code === 0 ? undefined : '')
    })
  })

let position = 0
for (const group of groups) {
  const ending = new AbortController()
  const each = group.map(async (check, i) => {
    position += 1
    const passed = await passes(check, { position, shown: i === group.length - 1, signal: ending.signal })
    if (!passed) ending.abort()
    return passed
  })
  if ((await Promise.all(each)).includes(false)) {
    process.exitCode = 1
    break
  }
}
