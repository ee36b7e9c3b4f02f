/**
 * `exptilt site`: the playground and the documents in a browser, served from the package on this machine.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { failure } from '../errors.ts'
import { refuse } from './exit.ts'
import type { SiteFlags } from './flags.ts'
import { serveFolder } from './static-server.ts'
import type { World } from './world.ts'

/** Where the site lies: beside the built library, also as seen from the sources. */
const siteFolder = fileURLToPath(new URL('../../dist/site', import.meta.url))

const DEFAULT_PORT = 8000

/** Serves the site until a signal. */
export const siteCommand =
  (world: World) =>
  async ({ port = DEFAULT_PORT }: SiteFlags): Promise<number> => {
    if (!existsSync(join(siteFolder, 'index.html')))
      return refuse(
        world,
        failure('Usage', 'the site is not built', 'build it with `npm run site` in the repository', { siteFolder }),
      )
    const served = await serveFolder(siteFolder, port)()
    if (E.isLeft(served)) return refuse(world, served.left)
    world.write(`${served.right.url} (Ctrl-C ends it)\n`)
    await new Promise<void>((resolve) => {
      const release = world.onInterrupt(
        () => {
          release()
          resolve()
        },
        { saves: false },
      )
    })
    served.right.close()
    return 0
  }
