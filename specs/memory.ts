/** Memory that a process holds, in the specs that say it does not grow. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Has V8 let go of what nobody reaches. */
export const collectGarbage = (): void => {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc()')
}

/** The resident memory of this process in MiB, without what nobody reaches. */
export const resident = (): number => {
  collectGarbage()
  return process.memoryUsage().rss / 2 ** 20
}
