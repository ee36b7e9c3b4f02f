/**
 * Standard output and standard error that outlive whoever reads them: a closed pipe, a terminal that is gone or a full disk
 * ends the talk, not the work.
 */
import { codeOf, type Failure, failure } from '../errors.ts'

/** A stream of the process, written to as long as it takes anything. */
interface Output {
  readonly write: (text: string) => void
  /** The system's code of the first write that failed, once it is known. */
  readonly broken: () => string | undefined
}

/** Hears the stream's errors for good, so that none ends the process, and is silent after the first. */
export const guarded = (stream: NodeJS.WritableStream): Output => {
  let broken: string | undefined
  const broke = (thrown: unknown): void => {
    broken ??= codeOf(thrown)
  }
  stream.on('error', broke)
  return {
    write: (text) => {
      if (broken !== undefined) return
      try {
        stream.write(text)
      } catch (thrown) {
        broke(thrown)
      }
    },
    broken: () => broken,
  }
}

/** Who closed a pipe has read enough; any other failure means that the answer was lost. */
const GONE: ReadonlySet<string> = new Set(['EPIPE', 'EIO', 'ECONNRESET', 'ERR_STREAM_DESTROYED'])

/** What is lost of an answer that was written to `output`, once its writes are settled; `undefined` when it arrived. */
export const lostAnswer = async (output: Output): Promise<Failure | undefined> => {
  await new Promise((resolve) => void setTimeout(resolve, 0))
  const code = output.broken()
  return code === undefined || GONE.has(code)
    ? undefined
    : failure(
        'Storage',
        `standard output cannot be written (${code})`,
        'free some space or send it elsewhere; files that the command wrote are complete',
        { code },
      )
}
