/** A training whose losses are known, for specs of what is read, averaged, saved and shown. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../lib/errors.ts'
import type { Feeds, Prepared } from '../../lib/executor.ts'
import type { StepsOptions } from '../../lib/train/steps.ts'

/** A program whose loss is the step that it is fed, and that records what was read; and a training on it. */
export const counting = (): {
  readonly read: (readonly string[])[]
  readonly more: Pick<StepsOptions, 'watch' | 'steps' | 'evaluateEvery'> & {
    readonly prepared: Prepared
    readonly batches: (step: number) => TE.TaskEither<Failure, Feeds>
  }
} => {
  const read: (readonly string[])[] = []
  const prepared: Prepared = {
    run: (feeds, names = []) => {
      read.push(names)
      const values = { loss: feeds['step']?.[0] ?? Number.NaN, twice: 2 * (feeds['step']?.[0] ?? Number.NaN) }
      const out = Object.entries(values).filter(([name]) => names.includes(name))
      return TE.right(
        Object.fromEntries(
          out.map(([name, v]) => [name, { axes: [], dtype: 'f32', data: Float32Array.of(v) } as const]),
        ),
      )
    },
    readState: () => TE.right({ w: { axes: [], dtype: 'f32', data: Float32Array.of(1) } }),
    writeState: () => TE.right(undefined),
    release: () => undefined,
  }
  const more = {
    prepared,
    watch: ['twice'],
    // Falls from 100, so that nothing diverges.
    batches: (step: number) => TE.right({ step: Float64Array.of(100 - step) }),
    steps: 11,
    evaluateEvery: 4,
  }
  return { read, more }
}
