/**
 * Work off the main thread, in a browser or in Deno: this file is the page's program and its worker's. The page stays alive while
 * the worker computes, and what takes too long ends with its worker. Node has threads of its own (`openThreads` of `exptilt/node`).
 */
import { automata, right } from 'exptilt'

interface Request {
  readonly motif: string
  readonly length: number
}

/** What takes time: the entropy (nats) of strings of four letters that hold a motif. */
const entropyOf = ({ motif, length }: Request): number => {
  const noise = right(automata.whiteNoise(length)(['a', 'c', 'g', 't']))
  const given = right(automata.condition(right(automata.motifAutomaton(motif)(noise.alphabet)))(noise))
  return right(automata.entropy(given.pfsa)).value
}

/** Asks a worker, for at most so many milliseconds. */
const asked = (request: Request, milliseconds: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { type: 'module', name: 'entropy' })
    const end = (then: () => void): void => {
      clearTimeout(timer)
      worker.terminate()
      then()
    }
    const timer = setTimeout(() => end(() => reject(new Error('stopped: it took too long'))), milliseconds)
    worker.onmessage = ({ data }: MessageEvent<number>) => end(() => resolve(data))
    worker.onerror = ({ message }) => end(() => reject(new Error(message)))
    worker.postMessage(request)
  })

const request = { motif: 'acgt', length: 60 }
const inWorker = Reflect.get(globalThis, 'name') === 'entropy'
if (inWorker)
  addEventListener('message', ({ data }: MessageEvent<Request>) => {
    postMessage(entropyOf(data))
  })

export const answer = inWorker
  ? undefined
  : typeof Worker === 'undefined'
    ? entropyOf(request)
    : await asked(request, 30_000)
if (!inWorker) console.log('entropy', answer, 'nats')
