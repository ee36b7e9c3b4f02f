/** Asking the worker, with a deadline: what takes too long is stopped, so that no expression freezes the page. */
import * as E from 'fp-ts/lib/Either.js'
import type { Answer, Request } from './compute.ts'

/** Milliseconds that a computation may take. */
export const DEADLINE = 10_000

const LATE = `this took longer than ${DEADLINE / 1000} s and was stopped: use a simpler expression, or shorter strings`

/**
 * A function that answers the latest request; an earlier one that is still computed is stopped. `url` is the worker's
 * module.
 */
export const asker = (url: URL): ((request: Request, then: (answer: E.Either<string, Answer>) => void) => void) => {
  let worker: Worker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const stop = (): void => {
    clearTimeout(timer)
    worker?.terminate()
    worker = undefined
  }
  return (request, then) => {
    // A worker that has answered is kept, since it has loaded the library.
    if (timer !== undefined) stop()
    const own = worker ?? new Worker(url, { type: 'module' })
    worker = own
    const end = (answer: E.Either<string, Answer>): void => {
      clearTimeout(timer)
      timer = undefined
      then(answer)
    }
    timer = setTimeout(() => {
      stop()
      end(E.left(LATE))
    }, DEADLINE)
    own.onmessage = ({ data }: MessageEvent<E.Either<string, Answer>>) => end(data)
    own.onerror = (event) => {
      stop()
      end(E.left(`this browser cannot compute it (${event.message}): use a recent Chromium, Firefox or Safari`))
    }
    own.postMessage(request)
  }
}
