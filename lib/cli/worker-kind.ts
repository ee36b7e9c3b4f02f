/** What the workers of a queue compute with, by the device that was typed. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type ExecutorChoice, openExecutor } from '../choose.ts'
import { type Failure, failure } from '../errors.ts'
import { workerKinds, type WorkerKind } from '../scale/protocol.ts'

/** The kind of a device. Left: `NoAdapter` where it does not open, or is none of workers. */
export const kindOf = (device: ExecutorChoice): TE.TaskEither<Failure, WorkerKind> =>
  pipe(
    openExecutor(device),
    TE.chainEitherK(({ name, release }) => {
      release()
      const kind = workerKinds.find((each) => each === name)
      return kind === undefined
        ? E.left(failure('NoAdapter', `workers do not compute with ${name}`, 'give --device cpu'))
        : E.right(kind)
    }),
  )
