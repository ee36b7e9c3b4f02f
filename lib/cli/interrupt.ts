/**
 * Ctrl-C and its kin as an abort signal.
 */
import type { World } from './world.ts'

/** An abort signal that Ctrl-C, a closed terminal or a polite kill raise, with a word on stderr; `release` undoes it. */
export const interruptible = (world: World): { readonly signal: AbortSignal; readonly release: () => void } => {
  const controller = new AbortController()
  const release = world.onInterrupt(
    () => {
      world.progress.stop()
      world.progress.note('Stopping: saving a checkpoint (Ctrl-C again to leave at once) …')
      controller.abort()
    },
    {
      saves: true,
      signal: controller.signal,
      beforehand: () => {
        world.progress.note(
          'preparing a large program: a signal now ends the run at once; it goes on from its last checkpoint',
        )
      },
    },
  )
  return { signal: controller.signal, release }
}

/** Does something short that keeps no checkpoint: a signal ends the process, and with it the locks that it holds. */
export const leaving = async <A>(world: World, work: () => Promise<A>): Promise<A> => {
  const release = world.onInterrupt(
    () => {
      world.progress.stop()
      world.exit(130)
    },
    { saves: false },
  )
  try {
    return await work()
  } finally {
    release()
  }
}
