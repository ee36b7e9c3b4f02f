/**
 * `npm test`: every check of the project, cheapest first, one header each; the first that fails ends the run.
 *
 * With EXPTILT_REQUIRE_DOOR=1 the packed tarball is installed and used in an empty folder too, which needs npm's registry (`npm run door`).
 * Arguments are passed to vitest: `npm test -- specs/automata` runs the checks and that folder's specs.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A check: what it says it checks, and the command (a program of node_modules/.bin with its arguments). */
interface Check {
  readonly title: string
  readonly command: readonly [program: string, ...args: readonly string[]]
}

const checks: readonly Check[] = [
  { title: 'Format', command: ['biome', 'format', '--error-on-warnings', '.'] },
  { title: 'Lint', command: ['eslint', '--max-warnings', '0', '.'] },
  { title: 'Types, right programs and wrong ones', command: ['tsc', '--project', 'tsconfig.json'] },
  { title: 'The package: types, entries, links, size', command: ['tsx', 'scripts/package.ts'] },
  { title: 'Generated shader module is fresh', command: ['tsx', 'scripts/shaders.ts', '--check'] },
  { title: 'WebGPU adapters', command: ['tsx', 'scripts/adapters.ts'] },
  {
    title: 'Specs: import directions, type errors, properties, shaders, documentation',
    command: ['vitest', 'run', ...process.argv.slice(2)],
  },
  ...(process.env['EXPTILT_REQUIRE_DOOR'] === '1'
    ? [{ title: 'The tarball in an empty folder, from npm', command: ['tsx', 'scripts/door.ts'] } as const]
    : []),
]

const seconds = (since: number): string => ((performance.now() - since) / 1000).toFixed(1)

/** Runs a check in the project's root; true when it passed. */
const passes = ({ title, command: [program, ...args] }: Check, position: number): boolean => {
  console.log(`\n[${position + 1}/${checks.length}] ${title}`)
  const started = performance.now()
  const { status, error } = spawnSync(`node_modules/.bin/${program}`, args, { cwd: root, stdio: 'inherit' })
  if (status === 0) return true
  console.error(`\n${title}: failed after ${seconds(started)} s: ${error?.message ?? [program, ...args].join(' ')}`)
  return false
}

process.exitCode = checks.every(passes) ? 0 : 1
