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
  return flags.kind === 'sweep' ? sweepCommand(world)(flags) : gamCommand(world)(flags)
}
