/**
 * Steps by micro-batches: a batch is cut into a fixed number of parts, the gradients of which are computed at the lanes of an
 * executor, and one update is made by their mean, in the order of the parts. Who computes a part does not matter: 1, 2 or 16
 * workers give the same parameters to the bit.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field, two } from '../at.ts'
import type { Values } from '../dtype.ts'
import { effect, need } from '../effect.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { type Executor, type Feeds, type Lanes, type Prepared, type Program, feedsOf, inputName } from '../executor.ts'
import { type Expr, type Scalar, type Value, axesOf } from '../expr.ts'
import { fold } from '../key.ts'
import { gradientProgram, type Training, trainingProgram, updateProgram } from '../optimise/training.ts'
import { byExecutor, eachShard, mapLanes } from '../scale/shards.ts'
import { type Gradients, type PartGradient, gradientsBy, partOf, splitStepper } from './split.ts'
import type { Stepper } from './stepper.ts'

const emptyLike = (data: Values): Values => {
  const bytes = new SharedArrayBuffer(data.byteLength)
  return data instanceof Float64Array ? new Float64Array(bytes) : new Float32Array(bytes)
}

/** What holds memory of an executor until it is released. */
type Held<A> = A & Pick<Prepared, 'release'>

/** The program for a part, and what it is fed. */
type Fit = (part: Feeds) => readonly [program: Program, feeds: Feeds]

/** Programs that are prepared when they are first asked for. */
const preparedBy = (prepare: (program: Program) => TaskEither<Failure, Prepared>) => {
  const ready = new Map<Program, Prepared>()
  return {
    of: (program: Program): TaskEither<Failure, Prepared> =>
      effect(async (run) => {
        const prepared = ready.get(program) ?? (await run(prepare(program)))
        ready.set(program, prepared)
        return prepared
      }),
    release: (): void => {
      for (const { release } of ready.values()) release()
    },
  }
}

/** The gradient of a part at one lane. */
interface LaneGradient {
  readonly of: (part: Feeds) => TaskEither<Failure, PartGradient>
  readonly release: () => void
}

/** Gradients at lanes; the parameters lie in shared memory, and a lane reads them when it has old ones. */
const gradientsOn = (lanes: Lanes, fit: Fit): Held<Gradients> => {
  const shared = new Map<string, Values>()
  let version = 0
  const gradients = byExecutor((executor): LaneGradient => {
    const programs = preparedBy((program) => executor.prepare(program))
    const held = new Map<Program, number>()
    return {
      of: (part) =>
        effect(async (run) => {
          const [program, feeds] = fit(part)
          const prepared = await run(programs.of(program))
          // Calls are done in their order: a run need not wait until its lane has told that it holds the parameters.
          const wrote = held.get(program) === version ? undefined : prepared.writeState(Object.fromEntries(shared))()
          const found = await prepared.run(feeds)()
          if (wrote !== undefined) need(await wrote)
          held.set(program, version)
          return partOf(need(found))
        }),
      release: programs.release,
    }
  })
  return {
    release: () => {
      for (const { release } of gradients.all()) release()
    },
    of: (parts) =>
      effect(async (run) => {
        const found: PartGradient[] = []
        const spread = eachShard({ lanes: mapLanes(gradients.of)(lanes) })((gradient, part: Feeds) => gradient.of(part))
        await run(spread(parts, (part) => void found.push(part)))
        return found
      }),
    hold: (parameters) =>
      effect(async () => {
        version += 1
        for (const [name, { data }] of Object.entries<Value>(parameters)) {
          const own = shared.get(name) ?? emptyLike(data)
          own.set(data)
          shared.set(name, own)
        }
      }),
  }
}

/** Gradients beside the update, whose parameters they read where they are. */
const gradientsBeside = (executor: Executor, fit: Fit, update: Prepared): Held<Gradients> => {
  const programs = preparedBy((program) => executor.prepare(program, update))
  const fitted = (part: Feeds) => {
    const [program, feeds] = fit(part)
    return TE.chain(({ run }: Prepared) => run(feeds))(programs.of(program))
  }
  return { ...gradientsBy({ run: fitted }), release: programs.release }
}

/** Words of a key, for part `i`. */
const keyOfPart = (words: Values, i: number): Uint32Array => Uint32Array.from(fold(two(words), i))

/** Rows of part `i` of so many: of every block of the batch its share, in the order of the blocks. */
const rowsOfPart = (data: Values | Int32Array | Uint32Array, blocks: readonly number[], parts: number, i: number) => {
  const width = data.length / (parts * blocks.reduce((a, b) => a + b, 0))
  const own = data.slice(0, data.length / parts)
  let [from, to] = [0, 0]
  for (const rows of blocks) {
    own.set(data.subarray((from + i * rows) * width, (from + (i + 1) * rows) * width), to * width)
    from += parts * rows
    to += rows
  }
  return own
}

/**
 * The feeds of the parts of a batch, for a program of one part: what lies along `batch` first is cut, keys are folded by the
 * number of the part, all else goes to every part. So random numbers depend on the part and not on who computes it. Where a
 * batch is several blocks of rows (data, then noise), `blocks` are the rows of each in a part. Throws
 * `Shape` for an input that lies along `batch` and not first.
 */
export const partsOf = (
  program: Program,
  parts: number,
  blocks?: readonly number[],
): ((feeds: Feeds) => readonly Feeds[]) => {
  const inputs = feedsOf(program).map((x) => {
    const axes = axesOf(x)
    const place = axes.findIndex((a) => a.name === 'batch')
    if (place > 0)
      raise(
        failure('Shape', `input '${inputName(x)}' lies along 'batch', and not first`, 'declare that axis first', {
          input: inputName(x),
        }),
      )
    const isKey = axes.length === 1 && at(axes, 0).name === 'word'
    const rows = place === 0 ? (blocks ?? [at(axes, 0).size]) : undefined
    return { name: inputName(x), isKey, rows }
  })
  const ofPart = (
    data: Feeds[string],
    { isKey, rows }: { isKey: boolean; rows: readonly number[] | undefined },
    i: number,
  ) => (rows !== undefined ? rowsOfPart(data, rows, parts, i) : isKey ? keyOfPart(data, i) : data)
  return (feeds) =>
    Array.from({ length: parts }, (_, i) =>
      Object.fromEntries(inputs.map((one) => [one.name, ofPart(field(feeds, one.name), one, i)])),
    )
}

/** What a step trains: of a batch, or of one of the equal parts into which batches are cut. */
export interface StepTraining extends Training {
  /** Parameters that stay as they are: they are state, and no optimiser sees them. */
  readonly frozen?: Readonly<Record<string, Expr>>
  /** How much a part counts beside others (1): where its loss is a mean over rows or tokens that differ in number, their number. */
  readonly weight?: Scalar
}

const withFrozen = ({ frozen = {} }: StepTraining, trained: Program): Program => ({
  ...trained,
  state: {
    ...trained.state,
    ...Object.fromEntries(Object.entries(frozen).map(([name, x]) => [name, { input: x, next: x }] as const)),
  },
})

/** The step of a training as one program. */
export const stepProgram = (training: StepTraining): Program => withFrozen(training, trainingProgram(training))

/**
 * How a batch is cut: into so many equal parts, the rows of its blocks in each of them (absent: one block), and what is trained
 * on a part that needs less than all have, with the part as that wants it (absent: the same on all).
 */
interface Cut {
  readonly parts: number
  readonly blocks?: readonly number[]
  readonly fitted?: (part: Feeds) => { readonly training: StepTraining; readonly feeds: Feeds }
}

/** The gradient program for each part; one for each training, `whole` among them. */
const fitOf = (training: StepTraining, whole: Program, { fitted }: Cut): Fit => {
  const made = new Map([[training, whole]])
  return (part) => {
    const { training: own, feeds } = fitted?.(part) ?? { training, feeds: part }
    const program = made.get(own) ?? withFrozen(own, gradientProgram(own))
    made.set(own, program)
    return [program, feeds]
  }
}

/** A stepper with what it holds of the executor. */
export type OpenStepper = Held<Stepper>

/** Steps on whole batches in so many parts: gradients at the lanes of the executor, or beside the update; the update on the executor. */
const microBatchStepper = (executor: Executor, training: StepTraining, cut: Cut): TaskEither<Failure, OpenStepper> =>
  effect(async (run) => {
    const whole = withFrozen(training, gradientProgram(training))
    const update = await run(executor.prepare(withFrozen(training, updateProgram(training))))
    const fit = fitOf(training, whole, cut)
    const gradients =
      executor.lanes === undefined ? gradientsBeside(executor, fit, update) : gradientsOn(executor.lanes, fit)
    const { run: step, ...state } = splitStepper(gradients, update)
    const parted = partsOf(whole, cut.parts, cut.blocks)
    const release = (): void => {
      gradients.release()
      update.release()
    }
    return { ...state, run: (feeds, read) => step(parted(feeds), read), release }
  })

/**
 * Opens the steps of a training: `training` is of one part of a batch. One part is the batch, and its step one program on the
 * executor; of more, gradients are computed side by side at the lanes of the executor. Its state is the same either way.
 */
export const openStepper = (
  executor: Executor,
  training: StepTraining,
  cut: Cut = { parts: 1 },
): TaskEither<Failure, OpenStepper> =>
  cut.parts === 1 ? executor.prepare(stepProgram(training)) : microBatchStepper(executor, training, cut)
