/**
 * A program on ONNX Runtime: one session, tensors over arrays of the host, and state that is written in turn into one of
 * two sets of arrays.
 *
 * ONNX Runtime reads fed arrays in place and writes results straight into arrays that are handed to it, so nothing is
 * copied between runs: what a run wrote as the next state is what the following run reads. The price is a second set of
 * arrays for the state.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { sizeOf } from '../axis.ts'
import type { DType, Values } from '../dtype.ts'
import { ExptiltError, type Failure, failure, fromThrown } from '../errors.ts'
import { type Feeds, type Prepared, type Program, feedFailure, feedsOf, inputName } from '../executor.ts'
import { type Expr, type Value, typeOf } from '../expr.ts'
import { keysOf, recordOf } from '../phantom.ts'
import type { GraphValue } from './types.ts'
import { fillHost, hostStorage, keyValue } from './host.ts'
import { type Lowered, lower } from './lower.ts'
import { type OnnxRuntime, openSession } from './runtime.ts'

/** Storage of a value on the host: booleans are bytes. */
type Storage = Float32Array | Int32Array | Uint32Array | Uint8Array

const NAMES = { f32: 'float32', i32: 'int32', u32: 'uint32', bool: 'bool' } as const

const store = (dtype: DType, n: number): Storage =>
  dtype === 'f32'
    ? new Float32Array(n)
    : dtype === 'i32'
      ? new Int32Array(n)
      : dtype === 'bool'
        ? new Uint8Array(n)
        : new Uint32Array(n)

/** Fed values in the type in which they are stored: themselves when they are so already. */
const stored = (dtype: DType, data: Values): Storage => {
  if (dtype === 'f32' && data instanceof Float32Array) return data
  if (dtype === 'i32' && data instanceof Int32Array) return data
  if (dtype === 'u32' && data instanceof Uint32Array) return data
  const copy = store(dtype, data.length)
  if (dtype === 'bool') for (let i = 0; i < data.length; i++) copy[i] = Number(data[i] !== 0)
  else copy.set(data)
  return copy
}

/** Values for a reader: booleans as u32 words. */
const given = (data: Storage): Values => (data instanceof Uint8Array ? Uint32Array.from(data) : data)

const shapeOf = (x: Expr): readonly number[] => typeOf(x).axes.map((a) => a.size)

const released = failure('Runtime', 'the program was released', 'prepare it again before running it')

const attempt = <A>(f: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(f, fromThrown('Runtime', 'check the program and its feeds'))

/** Arrays of the state: what the next run reads and what it writes. */
interface State {
  readonly now: ReadonlyMap<string, Storage>
  readonly next: ReadonlyMap<string, Storage>
}

/** Tensors over arrays of the host. */
const tensors = ({ library }: OnnxRuntime) => {
  const made = new WeakMap<Storage, Tensor>()
  return (dtype: DType, data: Storage, shape: readonly number[]): Tensor => {
    const known = made.get(data)
    if (known !== undefined && known.dims.join() === shape.join()) return known
    const tensor = new library.Tensor(NAMES[dtype], data, shape)
    made.set(data, tensor)
    return tensor
  }
}

/** What a program needs besides its arrays. */
interface Session {
  readonly session: InferenceSession
  readonly lowered: Lowered
}

const compile = async (runtime: OnnxRuntime, program: Program): Promise<Session> => {
  const lowered = lower(program)
  return { lowered, session: await openSession(runtime, lowered.graph) }
}

/** Prepares a program: lowers it and opens a session. */
export const prepareOn =
  (runtime: OnnxRuntime) =>
  <S extends string, O extends string>(program: Program<S, O>): TE.TaskEither<Failure, Prepared<S, O>> =>
    attempt(async () => prepared(runtime, program, await compile(runtime, program)))

const prepared = <S extends string, O extends string>(
  runtime: OnnxRuntime,
  program: Program<S, O>,
  { session, lowered }: Session,
): Prepared<S, O> => {
  const feeds = feedsOf(program)
  const names = keysOf(program.state)
  const outputs = keysOf(program.outputs)
  const tensorOf = tensors(runtime)
  const zeros = () => new Map<string, Storage>(names.map((n) => [n, zeroState(program.state[n].input)]))
  const valueOf = new Map<string, GraphValue>([
    ...outputs.map((n, i): [string, GraphValue] => [`output ${n}`, lowered.roots[i] ?? nothing]),
    ...names.map((n, i): [string, GraphValue] => [`state ${n}`, lowered.roots[outputs.length + i] ?? nothing]),
  ])
  const stateName = new Map<Expr, string>(names.map((n) => [program.state[n].input, n]))
  const hosts = lowered.hosts.map((node) => ({ node, out: hostStorage(node) }))
  let state: State = { now: zeros(), next: zeros() }
  let open = true
  let last: Promise<unknown> = Promise.resolve()

  /** Runs one after the other, in the order in which they were asked for: each reads the state that the one before it wrote. */
  const inTurn = <A>(f: () => Promise<A>): TE.TaskEither<Failure, A> =>
    attempt(() => {
      const mine = last.then(() => (open ? f() : Promise.reject(new ExptiltError(released))))
      last = mine.catch(() => undefined)
      return mine
    })

  const inputData = (fed: Feeds, input: Expr): Storage =>
    state.now.get(stateName.get(input) ?? '') ??
    stored(typeOf(input).dtype, fed[inputName(input)] ?? new Float32Array(0))

  const fedTensors = (fed: Feeds): Record<string, Tensor> => {
    const all: Record<string, Tensor> = {}
    for (const { input, value } of lowered.fed)
      all[value.name] = tensorOf(typeOf(input).dtype, inputData(fed, input), value.shape)
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

  const run = (fed: Feeds, read: readonly O[] = outputs) => {
    if (!open) return TE.left(released)
    const wrong = feedFailure(feeds, fed) ?? unknownOutput(read, outputs)
    if (wrong !== undefined) return TE.left(wrong)
    return inTurn(async () => {
      const results = new Map<string, Storage>(
        read.map((n) => [n, store(typeOf(program.outputs[n]).dtype, sizeOf(typeOf(program.outputs[n]).axes))]),
      )
      const fetches: Record<string, Tensor> = {}
      for (const n of read)
        fetches[valueOf.get(`output ${n}`)?.name ?? ''] = tensorOf(
          typeOf(program.outputs[n]).dtype,
          results.get(n) ?? new Float32Array(0),
          shapeOf(program.outputs[n]),
        )
      for (const n of names)
        fetches[valueOf.get(`state ${n}`)?.name ?? ''] = tensorOf(
          typeOf(program.state[n].input).dtype,
          state.next.get(n) ?? new Float32Array(0),
          shapeOf(program.state[n].input),
        )
      if (read.length + names.length > 0) await session.run(fedTensors(fed), fetches)
      state = { now: state.next, next: state.now }
      return recordOf(
        read,
        (n): Value => ({ ...typeOf(program.outputs[n]), data: given(results.get(n) ?? new Float32Array(0)) }),
      )
    })
  }
  return {
    run,
    readState: () =>
      open
        ? TE.of(
            recordOf(
              names,
              (n): Value => ({
                ...typeOf(program.state[n].input),
                data: given(state.now.get(n)?.slice() ?? new Float32Array(0)),
              }),
            ),
          )
        : TE.left(released),
    writeState: (values) => {
      const wrong = names.find((n) => values[n] !== undefined && values[n].length !== (state.now.get(n)?.length ?? 0))
      if (!open) return TE.left(released)
      if (wrong !== undefined)
        return TE.left(
          failure(
            'Feed',
            `state '${wrong}' holds ${state.now.get(wrong)?.length ?? 0} values`,
            'write as many values as the state holds',
            { state: wrong },
          ),
        )
      return inTurn(async () => {
        for (const n of names) {
          const data = values[n]
          if (data !== undefined) state.now.get(n)?.set(stored(typeOf(program.state[n].input).dtype, data))
        }
      })
    },
    release: () => {
      if (!open) return
      open = false
      state = { now: new Map(), next: new Map() }
      void last.then(() => session.release()).catch(() => undefined)
    },
  }
}

const nothing: GraphValue = { name: '', dtype: 'f32', shape: [] }

const zeroState = (x: Expr): Storage => store(typeOf(x).dtype, sizeOf(typeOf(x).axes))

const wordsOf = (data: Storage): Values => (data instanceof Uint8Array ? Uint32Array.from(data) : data)

const unknownOutput = (read: readonly string[], outputs: readonly string[]): Failure | undefined => {
  const unknown = read.find((n) => !outputs.includes(n))
  return unknown === undefined
    ? undefined
    : failure('Feed', `'${unknown}' is not an output of the program`, `read only ${outputs.join(', ')}`, {
        output: unknown,
      })
}
