/**
 * Steps by micro-batches: a batch is cut into a fixed number of parts, the gradients of which are computed at the lanes of an
 * executor, and one update is made by their mean, in the order of the parts. Who computes a part does not matter: 1, 2 or 16
 * workers give the same parameters to the bit.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field, two } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { effect } from '../effect.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { type Executor, type Feeds, type Lanes, type Prepared, type Program, feedsOf, inputName } from '../executor.ts'
import { type Value, axesOf } from '../expr.ts'
import { fold } from '../key.ts'
import { byExecutor, eachShard, mapLanes } from '../scale/shards.ts'
import { type Gradients, type PartGradient, gradientsBy, partOf, splitStepper } from './split.ts'
import type { Stepper } from './stepper.ts'

const emptyLike = (data: Values): Values => {
  const bytes = new SharedArrayBuffer(data.byteLength)
  return data instanceof Float64Array ? new Float64Array(bytes) : new Float32Array(bytes)
}

/** Gradients by a `gradientProgram` at lanes; the parameters lie in shared memory, and a lane reads them when it has old ones. */
const gradientsOn = (lanes: Lanes, program: Program): Gradients => {
  const shared = new Map<string, Values>()
  let version = 0
  const gradients = byExecutor((executor) => {
    let [prepared, held]: [Prepared | undefined, number] = [undefined, 0]
    return (part: Feeds): TaskEither<Failure, PartGradient> =>
      effect(async (run) => {
        prepared ??= await run(executor.prepare(program))
        if (held !== version) await run(prepared.writeState(Object.fromEntries(shared)))
        held = version
        return partOf(await run(prepared.run(part)))
      })
  })
  return {
    of: (parts) =>
      effect(async (run) => {
        const found: PartGradient[] = []
        const spread = eachShard({ lanes: mapLanes(gradients.of)(lanes) })((gradient, part: Feeds) => gradient(part))
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

/** Words of a key, for part `i`. */
const ofPart = (words: Values, i: number): Uint32Array => Uint32Array.from(fold(two(words), i))

/**
 * The feeds of the parts of a batch, for a program of one part: what lies along `batch` first is cut, keys are folded by the
 * number of the part, all else goes to every part. So random numbers depend on the part and not on who computes it. Throws
 * `Shape` for an input that lies along `batch` and not first.
 */
export const partsOf = (program: Program, parts: number): ((feeds: Feeds) => readonly Feeds[]) => {
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
    return { name: inputName(x), kind: place === 0 ? 'rows' : isKey ? 'key' : 'same', size: sizeOf(axes) } as const
  })
  return (feeds) =>
    Array.from({ length: parts }, (_, i) =>
      Object.fromEntries(
        inputs.map(({ name, kind, size }) => {
          const data = field(feeds, name)
          return [
            name,
            kind === 'rows' ? data.slice(i * size, (i + 1) * size) : kind === 'key' ? ofPart(data, i) : data,
          ]
        }),
      ),
    )
}

/** The two halves of a step: the gradient of a part, by a `gradientProgram`, and the `updateProgram`. */
interface Halves {
  readonly gradient: Program
  readonly update: Program
}

/**
 * Steps on whole batches in so many parts: gradients at the lanes of the executor (where it has none beside the update, whose
 * parameters they read where they are), the update on the executor. What it holds is freed with the executor.
 */
export const microBatchStepper = (
  executor: Executor,
  { gradient, update }: Halves,
  parts: number,
): TaskEither<Failure, Stepper> =>
  effect(async (run) => {
    const { lanes } = executor
    const own = await run(executor.prepare(update))
    const gradients =
      lanes === undefined ? gradientsBy(await run(executor.prepare(gradient, own))) : gradientsOn(lanes, gradient)
    const { run: step, ...state } = splitStepper(gradients, own)
    const cut = partsOf(gradient, parts)
    return { ...state, run: (feeds, read) => step(cut(feeds), read) }
  })
