/** Ctrl-C as an abort signal. */
import type { World } from './world.ts'

/** An abort signal that Ctrl-C raises, with a word on stderr; `release` undoes it. */
export const interruptible = (world: World): { readonly signal: AbortSignal; readonly release: () => void } => {
  const controller = new AbortController()
  const release = world.onInterrupt(() => {
    world.progress.note('Stopping: saving a checkpoint (Ctrl-C again to leave at once) …')
    controller.abort()
  })
  return { signal: controller.signal, release }
}
