/** How the networks of a finished run are had as models to tilt: each system opens its own. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import type { OwnExecutor } from '../executor.ts'
import type { Progress } from '../../progress.ts'
import type { TokenModel } from '../../tilt/model.ts'

/** What is asked of a run: which of its networks, and what that goes on from. */
export interface RunRequest {
  /** One of the run's networks; the one that it was made for unless given. */
  readonly network?: string | undefined
  readonly prompt: string
  /** The sentence to translate. */
  readonly source?: string | undefined
}

/** Where a run's checkpoint lies, what is told of opening it, and what stops that. */
export interface RunTiltServices extends OwnExecutor {
  readonly directory: string
  readonly progress: Progress
  readonly signal: AbortSignal
}

/** Opens a network of a run for as long as it is used. */
export type RunTilt<O, S extends RunTiltServices = RunTiltServices> = (
  services: S,
  options: O,
  request: RunRequest,
) => <A>(use: (model: TokenModel) => TaskEither<Failure, A>) => TaskEither<Failure, A>
