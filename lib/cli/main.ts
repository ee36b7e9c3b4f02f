/**
 * The command line as a function: arguments to an exit code.
 */
import { refuse } from './exit.ts'
import type { Flags } from './flags.ts'
import { parseArguments } from './parse.ts'
import { atWork, nodeWorld, type World } from './world.ts'

/** What a command line says, by the kind of its command. */
type FlagsOf<K extends Flags['kind'] = Flags['kind']> = {
  readonly [P in K]: Extract<Flags, { readonly kind: P }> & { readonly kind: P }
}[K]

/** A command: flags to an exit code. */
type Command<K extends Flags['kind']> = (world: World, flags: FlagsOf<K>) => Promise<number>

/** All commands, each loaded when it is asked for. */
export const commands: { readonly [K in Flags['kind']]: Command<K> } = {
  gam: async (world, flags) => (await import('./gam.ts')).gamCommand(world)(flags),
  sweep: async (world, flags) => (await import('./sweep.ts')).sweepCommand(world)(flags),
  'gam-generate': async (world, flags) => (await import('./gam-generate.ts')).gamGenerateCommand(world)(flags),
  pfsa: async (world, flags) => (await import('./pfsa.ts')).pfsaCommand(world)(flags),
  residual: async (world, flags) => (await import('./residual.ts')).residualCommand(world)(flags),
  'residual-judge': async (world, flags) => (await import('./residual-judge.ts')).residualJudgeCommand(world)(flags),
  earm: async (world, flags) => (await import('./earm.ts')).eArmCommand(world)(flags),
  'earm-table': async (world, flags) => (await import('./earm-table.ts')).eArmTableCommand(world)(flags),
  'earm-evaluate': async (world, flags) => (await import('./earm-run.ts')).eArmRunCommand(world)(flags),
  'earm-sample': async (world, flags) => (await import('./earm-run.ts')).eArmRunCommand(world)(flags),
  export: async (world, flags) => (await import('./export.ts')).exportCommand(world)(flags),
  tilt: async (world, flags) => (await import('./tilt.ts')).tiltCommand(world)(flags),
  site: async (world, flags) => (await import('./site.ts')).siteCommand(world)(flags),
  worker: async (world, flags) => (await import('./worker.ts')).workerCommand(world)(flags),
  jobs: async (world, flags) => (await import('./jobs.ts')).jobsCommand(world)(flags),
  'jobs-retry': async (world, flags) => (await import('./jobs.ts')).retryCommand(world)(flags),
  'data-list': async (world, flags) => (await import('./data.ts')).dataCommand(world)(flags),
  'data-fetch': async (world, flags) => (await import('./data.ts')).dataCommand(world)(flags),
  'data-prepare': async (world, flags) => (await import('./data.ts')).dataCommand(world)(flags),
}

const dispatch = <K extends Flags['kind']>(world: World, flags: FlagsOf<K>): Promise<number> => {
  const command: Command<K> = commands[flags.kind]
  return command(world, flags)
}

const answered = async (
  argv: readonly string[],
  world: World,
  working: (world: World) => Promise<World>,
): Promise<number> => {
  const request = await parseArguments(argv, world.width)
  if (request.kind === 'refused') return refuse(world, request.failure)
  if (request.kind === 'flags') return dispatch(await working(world), request.flags)
  world.write(request.text)
  return 0
}

/**
 * Runs a command line (without the program's name) and returns its exit code: 0 done, 1 the work failed, 2 wrong input,
 * 130 interrupted. Never throws for anything that a user can cause.
 */
export const main = async (argv: readonly string[], given?: World): Promise<number> => {
  const world = given ?? nodeWorld()
  const code = await answered(argv, world, given === undefined ? atWork : (same) => Promise.resolve(same))
  const lost = await world.lost()
  return lost === undefined || code !== 0 ? code : refuse(world, lost)
}
