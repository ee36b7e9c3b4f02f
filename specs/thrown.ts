/** What a programmer's error carries: the failure that a function throws, or undefined when it returns. */
import { ExptiltError, type Failure } from '../lib/errors.ts'

/** The failure that `f` throws; anything else that it throws is passed on. */
export const thrown = (f: () => unknown): Failure | undefined => {
  try {
    f()
    return undefined
  } catch (error) {
    if (error instanceof ExptiltError) return error.failure
    throw error
  }
}
