/**
 * The command line as a function: arguments to an exit code.
 */
import { refuse } from './exit.ts'
import { gamCommand } from './gam.ts'
import { parseArguments } from './parse.ts'
import { pfsaCommand } from './pfsa.ts'
import { sweepCommand } from './sweep.ts'
import { nodeWorld, type World } from './world.ts'

/**
 * Runs a command line (without the program's name) and returns its exit code: 0 done, 1 the work failed, 2 wrong input,
 * 130 interrupted. Never throws for anything that a user can cause.
 */
export const main = async (argv: readonly string[], world: World = nodeWorld()): Promise<number> => {
  const request = parseArguments(argv, world.width)
  if (request.kind === 'refused') return refuse(world, request.failure)
  if (request.kind === 'help') {
    world.write(request.text)
    return 0
  }
  const { flags } = request
  if (flags.kind === 'pfsa') return pfsaCommand(world)(flags)
  if (flags.kind === 'residual') return (await import('./residual.ts')).residualCommand(world)(flags)
  if (flags.kind === 'earm') return (await import('./earm.ts')).eArmCommand(world)(flags)
  if (flags.kind === 'earm-table') return (await import('./earm-table.ts')).eArmTableCommand(world)(flags)
  if (flags.kind === 'earm-evaluate' || flags.kind === 'earm-sample')
    return (await import('./earm-run.ts')).eArmRunCommand(world)(flags)
  if (flags.kind === 'earm-translate') return (await import('./earm-translate.ts')).translateCommand(world)(flags)
  if (flags.kind === 'earm-translate-evaluate' || flags.kind === 'earm-translate-sample')
    return (await import('./earm-translate-run.ts')).translateRunCommand(world)(flags)
  if (flags.kind === 'earm-translate-table')
    return (await import('./earm-translate-table.ts')).translateTableCommand(world)(flags)
  if (flags.kind === 'export') return (await import('./export.ts')).exportCommand(world)(flags)
  if (flags.kind === 'data-list' || flags.kind === 'data-fetch' || flags.kind === 'data-prepare')
    return (await import('./data.ts')).dataCommand(world)(flags)
  return flags.kind === 'sweep' ? sweepCommand(world)(flags) : gamCommand(world)(flags)
}
