/** Parts of the package that are loaded when they are first used. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, fromThrown } from '../errors.ts'

/** What `load` imports. `Runtime` where it cannot be loaded. */
export const loaded = <A>(load: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(load, fromThrown('Runtime', 'install the package again with npm ci'))
