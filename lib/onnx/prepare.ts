/**
 * A program on ONNX Runtime: one session, and tensors over arrays of the host.
 *
 * ONNX Runtime reads fed arrays in place and writes results straight into arrays that are handed to it, so nothing is
 * copied between runs: what a run wrote as the next state is what the following run reads (see `state.ts`).
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Tensor } from 'onnxruntime-node'
import { at, field } from '../at.ts'
import type { DType, Values } from '../dtype.ts'
import { type Failure, fromThrown, reasonOf } from '../errors.ts'
import { type Feeds, type Prepared, type Program, inputName, keptAfter } from '../executor.ts'
import { type ArrayType, type Expr, type Value, typeOf } from '../expr.ts'
import { product } from '../math.ts'
import { keysOf, recordOf } from '../phantom.ts'
import { fillHost, hostStorage, keyValue } from './host.ts'
import { moving } from './inputs.ts'
import { type Compiled, lower } from './lower.ts'
import { formOfFew } from './few.ts'
import { partsForm } from './parts.ts'
import type { Place } from './kept.ts'
import { type OnnxRuntime, type OnnxSession, openOptimised, openSession } from './runtime.ts'
import { type Storage, store, stored } from './cells.ts'
import { type Cells, cellsBeside, slotsOf } from './state.ts'

const NAMES = { f32: 'float32', i32: 'int32', u32: 'uint32', bool: 'bool' } as const

/** Values for a reader: booleans as u32 words. */
const given = (data: Storage): Values => (data instanceof Uint8Array ? Uint32Array.from(data) : data)

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
    : store(type.dtype, product(shape))
}

type Slots = ReturnType<typeof slotsOf>

/** What a program needs besides its arrays. */
interface Session {
  /** Undefined for a program that computes nothing and only holds state. */
  readonly session: OnnxSession | undefined
  readonly lowered: Compiled
}

/** Graphs of fewer nodes are opened as fast as read. */
const FEW = 64

/** A program as it was compiled before, where that was kept and still opens. */
const reopened = async (runtime: OnnxRuntime, place: Place): Promise<Session | undefined> => {
  const found = await place.kept()
  if (found === undefined) return undefined
  const { compiled, model } = found
  const opened = await TE.tryCatch(() => openOptimised(runtime, model), reasonOf)()
  return E.isLeft(opened) ? undefined : { lowered: compiled, session: opened.right }
}

/** Compiles a program, and keeps what came of it where it has a place. */
const anew = async (runtime: OnnxRuntime, program: Program, place: Place | undefined): Promise<Session> => {
  const lowered = lower(program, (node) => partsForm(node) ?? formOfFew(node))
  const { graph } = lowered
  if (graph.outputs.length === 0) return { lowered, session: undefined }
  const draft = graph.nodes.length < FEW ? undefined : await place?.draft()
  if (place === undefined || draft === undefined) return { lowered, session: await openSession(runtime, graph) }
  const opened = await TE.tryCatch(() => openSession(runtime, graph, draft), reasonOf)()
  await place.keep(draft, E.isLeft(opened) ? undefined : lowered)
  return { lowered, session: E.isLeft(opened) ? await openSession(runtime, graph) : opened.right }
}

const compile = async (runtime: OnnxRuntime, program: Program): Promise<Session> => {
  const place = runtime.kept?.placeOf(program)
  const found = place === undefined ? undefined : await reopened(runtime, place)
  return found ?? anew(runtime, program, place)
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
      const cells = cellsBeside(given ?? new Map(), program.state)
      const made = prepared(runtime, program, await compile(runtime, program), cells)
      stores.set(made, cells)
      return made
    })

/** The states of programs, for those that are prepared beside them. */
const stores = new WeakMap<object, Cells>()

type TensorOf = ReturnType<typeof tensors>

/** What a run is fed: inputs, states, and what the host makes of keys. `dataOf` says where an input's values lie. */
const feeding = ({ hosts, fed, keys }: Compiled, tensorOf: TensorOf) => {
  const made = hosts.map((node) => ({ node, out: hostStorage(node) }))
  return (dataOf: (input: Expr) => Storage): Record<string, Tensor> => {
    const all: Record<string, Tensor> = {}
    for (const { input, value } of fed) all[value.name] = tensorOf(typeOf(input).dtype, dataOf(input), value.shape)
    for (const { node, out } of made) {
      const key = keys.get(node.key)
      if (key !== undefined)
        fillHost(
          node,
          keyValue(key, (input) => wordsOf(dataOf(input))),
          out,
        )
      all[node.output.name] = tensorOf(node.output.dtype === 'i64' ? 'i32' : node.output.dtype, out, node.output.shape)
    }
    return all
  }
}

/** The ports of a program's outputs, and of the states that a run changes, by name. */
interface Ports<O extends string> {
  readonly outputs: Readonly<Record<O, Port>>
  readonly states: readonly { readonly n: string; readonly port: Port }[]
}

const portsOf = <S extends string, O extends string>(
  { state, outputs: named }: Program<S, O>,
  { roots }: Compiled,
): Ports<O> => {
  const outputs = keysOf(named)
  const moved = moving(state)
  const rootName = (i: number): string => at(roots, i).name
  return {
    outputs: recordOf(outputs, (n, i) => portOf(rootName(i), named[n])),
    states: keysOf(state)
      .filter((n) => n in moved)
      .map((n, i) => ({ n, port: portOf(rootName(outputs.length + i), state[n].next) })),
  }
}

/** Arrays for the next state; ONNX Runtime makes those of outputs, from memory that it keeps. */
const fetchesFor = (
  outputs: readonly Port[],
  states: Ports<string>['states'],
  slots: Slots,
  tensorOf: TensorOf,
): Record<string, Tensor | null> => {
  const fetches: Record<string, Tensor | null> = {}
  for (const { name } of outputs) fetches[name] = null
  for (const { n, port } of states) {
    const data = slots.get(n)?.target()
    if (data !== undefined) fetches[port.name] = tensorOf(port.type.dtype, data, port.shape)
  }
  return fetches
}

const stateIn = <S extends string>(
  state: Program<S>['state'],
  slotsNow: () => Slots,
): Pick<Prepared<S>, 'readState' | 'writeState'> => {
  const names = keysOf(state)
  return {
    readState: (wanted = names) =>
      TE.of(
        recordOf(
          wanted,
          (n): Value => ({
            ...typeOf(state[n].input),
            data: given(slotsNow().get(n)?.read() ?? new Float32Array(0)),
          }),
        ),
      ),
    writeState: (values) =>
      attempt(() => {
        for (const n of names) {
          const data = values[n]
          if (data !== undefined) slotsNow().get(n)?.write(data)
        }
        return Promise.resolve()
      }),
  }
}

const prepared = <S extends string, O extends string>(
  runtime: OnnxRuntime,
  program: Program<S, O>,
  { session, lowered }: Session,
  cells: Cells,
): Prepared<S, O> => {
  const tensorOf = tensors(runtime)
  const ports = portsOf(program, lowered)
  const fedTensors = feeding(lowered, tensorOf)
  const stateName = new Map<Expr, string>(keysOf(program.state).map((n) => [program.state[n].input, n]))
  let slots: Slots = slotsOf(program.state, cells)
  const dataOf =
    (fed: Feeds) =>
    (input: Expr): Storage =>
      slots.get(stateName.get(input) ?? '')?.now() ?? stored(typeOf(input).dtype, field(fed, inputName(input)))
  const run = (fed: Feeds, read: readonly O[] = keysOf(program.outputs)) =>
    attempt(async () => {
      const wanted = read.map((n) => ports.outputs[n])
      const found =
        wanted.length + ports.states.length > 0
          ? await session?.run(fedTensors(dataOf(fed)), fetchesFor(wanted, ports.states, slots, tensorOf))
          : undefined
      const kept = keptAfter(program.guard, (n) => at(slots.get(n)?.target() ?? [], 0))
      for (const [n, slot] of slots) if (!kept(n)) slot.advance(fed)
      return recordOf(read, (n): Value => {
        const port = ports.outputs[n]
        return { ...port.type, data: given(madeBy(port, found?.[port.name])) }
      })
    })
  return {
    run,
    ...stateIn(program.state, () => slots),
    release: () => {
      slots = new Map()
      void session?.release().catch(() => undefined)
    },
  }
}

const wordsOf = (data: Storage): Values => (data instanceof Uint8Array ? Uint32Array.from(data) : data)
