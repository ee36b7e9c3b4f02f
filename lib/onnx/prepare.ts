/**
 * A program on ONNX Runtime: one session, and tensors over arrays of the host.
 *
 * ONNX Runtime reads fed arrays in place and writes results straight into arrays that are handed to it, so nothing is
 * copied between runs: what a run wrote as the next state is what the following run reads (see `state.ts`).
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { at, field } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { DType, Values } from '../dtype.ts'
import { ExptiltError, type Failure, failure, fromThrown, raise } from '../errors.ts'
import {
  type Feeds,
  type Prepared,
  type Program,
  besideFailure,
  feedFailure,
  feedsOf,
  indexFailure,
  inputName,
  typesBeside,
} from '../executor.ts'
import { type ArrayType, type Expr, type Value, typeOf } from '../expr.ts'
import { keysOf, recordOf } from '../phantom.ts'
import { fillHost, hostStorage, keyValue } from './host.ts'
import { moving } from './inputs.ts'
import { type Lowered, lower } from './lower.ts'
import { type OnnxRuntime, openSession } from './runtime.ts'
import { type Storage, inBlocks, store, stored } from './cells.ts'
import { type Cells, cellsBeside, slotsOf } from './state.ts'

const NAMES = { f32: 'float32', i32: 'int32', u32: 'uint32', bool: 'bool' } as const

/** Values for a reader: booleans as u32 words. */
const given = (data: Storage): Values => (data instanceof Uint8Array ? Uint32Array.from(data) : data)

const released = failure('Runtime', 'the program was released', 'prepare it again before running it')

const attempt = <A>(f: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(f, fromThrown('Runtime', 'check the program and its feeds'))

/** Tensors over arrays of the host; one array is asked for with one shape nearly always. */
const tensors = ({ library }: OnnxRuntime) => {
  const made = new WeakMap<Storage, { readonly tensor: Tensor; readonly shape: readonly number[] }>()
  return (dtype: DType, data: Storage, shape: readonly number[]): Tensor => {
    const known = made.get(data)
    if (known !== undefined && (known.shape === shape || known.shape.join() === shape.join())) return known.tensor
    const tensor = new library.Tensor(NAMES[dtype], data, shape)
    made.set(data, { tensor, shape })
    return tensor
  }
}

/** An output or the next value of a state: its name in the graph, its type, and its axes as numbers. */
interface Port {
  readonly name: string
  readonly type: ArrayType
  readonly shape: readonly number[]
}

const portOf = (name: string, x: Expr): Port => ({ name, type: typeOf(x), shape: typeOf(x).axes.map((a) => a.size) })

/** What a run made of an output that it was not given an array for: an array of ONNX Runtime's own. */
const madeBy = ({ type, shape }: Port, tensor: Tensor | undefined): Storage => {
  const data = tensor?.data
  return data instanceof Float32Array ||
    data instanceof Int32Array ||
    data instanceof Uint32Array ||
    data instanceof Uint8Array
    ? data
    : store(
        type.dtype,
        shape.reduce((n, d) => n * d, 1),
      )
}

/** What a program needs besides its arrays. */
interface Session {
  /** Undefined for a program that computes nothing and only holds state. */
  readonly session: InferenceSession | undefined
  readonly lowered: Lowered
}

const compile = async (runtime: OnnxRuntime, program: Program): Promise<Session> => {
  const lowered = lower(program, inBlocks(program))
  const { graph } = lowered
  return { lowered, session: graph.outputs.length === 0 ? undefined : await openSession(runtime, graph) }
}

/** Prepares a program: lowers it and opens a session. */
export const prepareOn =
  (runtime: OnnxRuntime) =>
  <S extends string, O extends string>(
    program: Program<S, O>,
    beside?: Prepared,
  ): TE.TaskEither<Failure, Prepared<S, O>> =>
    attempt(async () => {
      const given = beside === undefined ? undefined : stores.get(beside)
      const wrong = besideFailure(program.state, given?.types)
      if (wrong !== undefined) return raise(wrong)
      const store: Shared = {
        cells: cellsBeside(given?.cells ?? new Map(), program.state),
        types: typesBeside(given?.types, program.state),
        turn: given?.turn ?? turnOf(),
      }
      const made = prepared(runtime, program, await compile(runtime, program), store)
      stores.set(made, store)
      return made
    })

/** Runs one after the other, in the order in which they were asked for. */
interface Turn {
  readonly next: <A>(f: () => Promise<A>) => Promise<A>
  /** Runs when everything that was asked for so far is done. */
  readonly after: (f: () => Promise<unknown>) => void
}

const turnOf = (): Turn => {
  let last: Promise<unknown> = Promise.resolve()
  return {
    next: (f) => {
      const mine = last.then(f)
      last = mine.catch(() => undefined)
      return mine
    },
    after: (f) => {
      void last.then(f).catch(() => undefined)
    },
  }
}

/** What programs that lie beside each other share: their state, and whose turn it is. */
interface Shared {
  readonly cells: Cells
  readonly types: ReadonlyMap<string, ArrayType>
  readonly turn: Turn
}

const stores = new WeakMap<object, Shared>()

const prepared = <S extends string, O extends string>(
  runtime: OnnxRuntime,
  program: Program<S, O>,
  { session, lowered }: Session,
  { cells, turn }: Shared,
): Prepared<S, O> => {
  const feeds = feedsOf(program)
  const names = keysOf(program.state)
  const outputs = keysOf(program.outputs)
  const moved = moving(program.state)
  const changed = names.filter((n) => n in moved)
  const tensorOf = tensors(runtime)
  const rootName = (i: number): string => at(lowered.roots, i).name
  const outputPorts = recordOf(outputs, (n, i) => portOf(rootName(i), program.outputs[n]))
  const statePorts = changed.map((n, i) => ({ n, port: portOf(rootName(outputs.length + i), program.state[n].next) }))
  const sizes = feeds.map((x): [string, number] => [inputName(x), sizeOf(typeOf(x).axes)])
  const growing = names.some((n) => program.state[n].at !== undefined)
  const stateName = new Map<Expr, string>(names.map((n) => [program.state[n].input, n]))
  const hosts = lowered.hosts.map((node) => ({ node, out: hostStorage(node) }))
  let slots = slotsOf(program.state, cells, lowered.blocks)
  let open = true

  /** Each run reads the state that the one before it wrote. */
  const inTurn = <A>(f: () => Promise<A>): TE.TaskEither<Failure, A> =>
    attempt(() => turn.next(() => (open ? f() : Promise.reject(new ExptiltError(released)))))

  const inputData = (fed: Feeds, input: Expr, block?: number): Storage =>
    slots.get(stateName.get(input) ?? '')?.now(block) ?? stored(typeOf(input).dtype, field(fed, inputName(input)))

  const fedTensors = (fed: Feeds): Record<string, Tensor> => {
    const all: Record<string, Tensor> = {}
    for (const { input, value, block } of lowered.fed)
      all[value.name] = tensorOf(typeOf(input).dtype, inputData(fed, input, block), value.shape)
    for (const { node, out } of hosts) {
      const key = lowered.keys.get(node.key)
      if (key !== undefined)
        fillHost(
          node,
          keyValue(key, (input) => wordsOf(inputData(fed, input))),
          out,
        )
      all[node.output.name] = tensorOf(node.output.dtype === 'i64' ? 'i32' : node.output.dtype, out, node.output.shape)
    }
    return all
  }

  /** Arrays for the next state; ONNX Runtime makes those of outputs, from memory that it keeps. */
  const fetchesFor = (read: readonly O[]): Record<string, Tensor | null> => {
    const fetches: Record<string, Tensor | null> = {}
    for (const n of read) fetches[outputPorts[n].name] = null
    for (const { n, port } of statePorts) {
      const data = slots.get(n)?.target()
      if (data !== undefined) fetches[port.name] = tensorOf(port.type.dtype, data, port.shape)
    }
    return fetches
  }

  /** What is wrong with a run; looked for in detail only where lengths do not fit. */
  const problem = (fed: Feeds, read: readonly O[]): Failure | undefined =>
    (sizes.every(([name, size]) => fed[name]?.length === size) && Object.keys(fed).length === sizes.length
      ? undefined
      : feedFailure(feeds, fed)) ??
    (growing ? indexFailure(program.state, fed) : undefined) ??
    unknownOutput(read, outputs)

  const run = (fed: Feeds, read: readonly O[] = outputs) => {
    if (!open) return TE.left(released)
    const wrong = problem(fed, read)
    if (wrong !== undefined) return TE.left(wrong)
    return inTurn(async () => {
      const found =
        read.length + statePorts.length > 0 ? await session?.run(fedTensors(fed), fetchesFor(read)) : undefined
      for (const slot of slots.values()) slot.advance(fed)
      return recordOf(read, (n): Value => {
        const port = outputPorts[n]
        return { ...port.type, data: given(madeBy(port, found?.[port.name])) }
      })
    })
  }
  return {
    run,
    readState: (wanted = names) =>
      open
        ? TE.of(
            recordOf(
              wanted,
              (n): Value => ({
                ...typeOf(program.state[n].input),
                data: given(slots.get(n)?.read() ?? new Float32Array(0)),
              }),
            ),
          )
        : TE.left(released),
    writeState: (values) => {
      const sizeOfState = (n: S): number => sizeOf(typeOf(program.state[n].input).axes)
      const wrong = names.find((n) => values[n] !== undefined && values[n].length !== sizeOfState(n))
      if (!open) return TE.left(released)
      if (wrong !== undefined)
        return TE.left(
          failure(
            'Feed',
            `state '${wrong}' holds ${sizeOfState(wrong)} values`,
            'write as many values as the state holds',
            { state: wrong },
          ),
        )
      return inTurn(async () => {
        for (const n of names) {
          const data = values[n]
          if (data !== undefined) slots.get(n)?.write(data)
        }
      })
    },
    release: () => {
      if (!open) return
      open = false
      slots = new Map()
      turn.after(async () => session?.release())
    },
  }
}

const wordsOf = (data: Storage): Values => (data instanceof Uint8Array ? Uint32Array.from(data) : data)

const unknownOutput = (read: readonly string[], outputs: readonly string[]): Failure | undefined => {
  const unknown = read.find((n) => !outputs.includes(n))
  return unknown === undefined
    ? undefined
    : failure('Feed', `'${unknown}' is not an output of the program`, `read only ${outputs.join(', ')}`, {
        output: unknown,
      })
}
