/**
 * A module of a checkout's sources: Node reads TypeScript itself from 22.18 on, without the third of a second that tsx takes to begin.
 */
import { fileURLToPath } from 'node:url'

/** There is one in a checkout, and none in an installed package. */
export const checkout = new URL('../tsconfig.json', import.meta.url)

/** Whether Node reads TypeScript. */
export const readsTypes = Boolean(process.features.typescript)

/** Imports one of the sources. */
export const fromSources = async (url) => {
  if (!readsTypes) {
    const { register } = await import('tsx/esm/api')
    register({ tsconfig: fileURLToPath(checkout) })
  }
  return import(url.href)
}
