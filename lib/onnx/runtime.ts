/**
 * ONNX Runtime and the protobuf library: optional dependencies, loaded when the executor is opened.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { lengthy, whole } from '../breath.ts'
import { type Failure, codeOf, failure, reasonOf } from '../errors.ts'
import type { CacheOptions, KeptPrograms } from './kept.ts'
import { descriptor, encodeModel, type ModelNotes } from './proto.ts'
import type { Provider } from './provider.ts'
import type { Graph } from './types.ts'

/** The parts of a session that are used. A run writes into the tensors among the fetches; for a null it makes its own. */
export interface OnnxSession
  extends Pick<InferenceSession, 'inputNames' | 'outputNames' | 'inputMetadata' | 'outputMetadata' | 'release'> {
  readonly run: (
    feeds: InferenceSession.FeedsType,
    fetches: InferenceSession.FetchesType,
  ) => Promise<InferenceSession.ReturnType>
}

type Create<Model> = (model: Model, options: InferenceSession.SessionOptions) => Promise<OnnxSession>

/** The parts of `onnxruntime-node`, and of `onnxruntime-web`, that are used. */
export interface OnnxLibrary {
  readonly InferenceSession: {
    readonly create: Create<Uint8Array> & Create<string>
  }
  readonly Tensor: typeof Tensor
  readonly env: { readonly versions: { readonly node?: string; readonly web?: string; readonly common: string } }
}

/** ONNX Runtime ready to make sessions of files. */
export interface FileRuntime {
  readonly library: OnnxLibrary
  readonly version: string
  readonly threads: number
}

/** ONNX Runtime ready to make sessions of graphs too. */
export interface OnnxRuntime extends FileRuntime {
  readonly encode: (graph: Graph, notes?: ModelNotes) => Uint8Array
  readonly kept?: KeptPrograms
}

/** Options of the executor. */
export interface OnnxOptions {
  /** Threads that one operator may use; all cores by default. */
  readonly threads?: number
  /** Where compiled programs are kept for the next process; nowhere unless given, and in browsers. */
  readonly cache?: CacheOptions
}

/** Where the libraries come from: those of Node, or of browsers (a specification passes others). */
export interface OnnxSource {
  /** The package of ONNX Runtime. */
  readonly name: 'onnxruntime-node' | 'onnxruntime-web'
  /** What its kernels are made for. */
  readonly target: 'CPU' | 'WebAssembly'
  /** The threads that one operator may use unless told otherwise. */
  readonly threads: () => number
  readonly runtime: () => Promise<OnnxLibrary>
  readonly protobuf: () => Promise<typeof import('protobufjs/light.js')>
  /** Programs that were compiled on such a runtime (`about`) and kept. */
  readonly keep?: (cache: CacheOptions, about: readonly string[]) => Promise<KeptPrograms>
}

/** How a package is installed; ONNX Runtime's own script looks for a CUDA build on the net, which CPUs do not need. */
const installation = (name: string): string =>
  name === 'onnxruntime-node' ? `npm install ${name} --onnxruntime-node-install=skip` : `npm install ${name}`

/** What browsers and bundlers say of a package that is not there. */
const UNRESOLVED = /(?:module|bare) specifier|could not resolve/iu

/** What brings a package that is there and does not run. */
const mending = (name: string): string =>
  name === 'onnxruntime-web'
    ? 'serve ort-wasm-simd-threaded.wasm beside the script and use a browser with WebAssembly'
    : `run ${installation(name)}`

/** The failure of a package that is not installed, or does not run. */
export const missing = (name: string, thrown: unknown): Failure => {
  const absent =
    ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND'].includes(codeOf(thrown)) || UNRESOLVED.test(reasonOf(thrown))
  return failure(
    'NoAdapter',
    absent ? `the package ${name} is not installed` : `the package ${name} cannot be loaded (${reasonOf(thrown)})`,
    `${absent ? `run ${installation(name)}` : mending(name)}, or choose another device`,
    { package: name },
  )
}

const load = <A>(name: string, from: () => Promise<A>): TE.TaskEither<Failure, A> =>
  TE.tryCatch(from, (thrown) => missing(name, thrown))

/** Loads what writes models. A missing or broken package is a `NoAdapter` failure. */
export const loadEncoder = (source: OnnxSource): TE.TaskEither<Failure, OnnxRuntime['encode']> =>
  pipe(
    load('protobufjs', source.protobuf),
    TE.chain((protobuf) =>
      TE.tryCatch(
        async () => encodeModel(protobuf.Root.fromJSON(descriptor)),
        (thrown) => missing('protobufjs', thrown),
      ),
    ),
  )

/** Loads ONNX Runtime alone. A missing or broken package is a `NoAdapter` failure. */
export const loadFileRuntime = ({ threads }: OnnxOptions, source: OnnxSource): TE.TaskEither<Failure, FileRuntime> =>
  pipe(
    load(source.name, source.runtime),
    TE.map((library) => ({
      library,
      version: library.env.versions.node ?? library.env.versions.web ?? library.env.versions.common,
      threads: threads ?? source.threads(),
    })),
  )

/** The least that can be computed. */
const TRIAL: Graph = {
  nodes: [{ type: 'Identity', inputs: ['x'], outputs: ['y'], attributes: {} }],
  initialisers: [],
  inputs: [{ name: 'x', dtype: 'f32', shape: [1] }],
  outputs: [{ name: 'y', dtype: 'f32', shape: [1] }],
}

/** Makes a first session: only that shows whether a browser has the file of the kernels and can run it. */
const tried =
  ({ name }: OnnxSource) =>
  (runtime: OnnxRuntime): TE.TaskEither<Failure, OnnxRuntime> =>
    TE.tryCatch(
      async () => {
        const session = await openSession(runtime, TRIAL)
        await session.release()
        return runtime
      },
      (thrown) => missing(name, thrown),
    )

const keeping =
  ({ cache }: OnnxOptions, { keep }: OnnxSource) =>
  (runtime: OnnxRuntime): TE.TaskEither<Failure, OnnxRuntime> =>
    cache === undefined || keep === undefined
      ? TE.right(runtime)
      : load('exptilt', async () => ({
          ...runtime,
          kept: await keep(cache, [runtime.version, JSON.stringify(sessionOptions(runtime.threads))]),
        }))

/** Loads ONNX Runtime and what writes models. Failures as in `loadFileRuntime` and `loadEncoder`. */
export const loadRuntime = (options: OnnxOptions, source: OnnxSource): TE.TaskEither<Failure, OnnxRuntime> =>
  pipe(
    loadFileRuntime(options, source),
    TE.chain((runtime) => TE.map((encode: OnnxRuntime['encode']) => ({ ...runtime, encode }))(loadEncoder(source))),
    TE.chain(keeping(options, source)),
    source.target === 'WebAssembly' ? TE.chain(tried(source)) : (runtime) => runtime,
  )

/**
 * How sessions run: one operator at a time, on all threads, with every graph optimisation. Idle threads sleep instead of
 * spinning: on a machine that does other work as well, spinning makes the same step take twice as long.
 */
const sessionOptions = (threads: number, provider: Provider = 'cpu'): InferenceSession.SessionOptions => ({
  executionProviders: [provider],
  intraOpNumThreads: threads,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  graphOptimizationLevel: 'all',
  logSeverityLevel: 3,
  extra: { session: { intra_op: { allow_spinning: '0' } } },
})

/** A session for a file, whose external data lie beside it. */
export const openFile = async (
  { library, threads }: FileRuntime,
  path: string,
  provider: Provider,
): Promise<OnnxSession> => whole(() => library.InferenceSession.create(path, sessionOptions(threads, provider)))

/** A session for the bytes of a model. */
export const openBytes = async ({ library, threads }: FileRuntime, model: Uint8Array): Promise<OnnxSession> =>
  whole(() => library.InferenceSession.create(model, sessionOptions(threads)))

/** Nodes of a graph, those of the bodies of its loops among them. */
const nodesOf = ({ nodes }: Graph): number =>
  nodes.reduce((sum, { body }) => sum + 1 + (body === undefined ? 0 : nodesOf(body)), 0)

/** From so many nodes on, a session may take longer than two seconds to make. */
const LARGE = 8000

/** A session for a graph; the model as it was optimised goes into a file, if one is named. */
export const openSession = async (
  { library, encode, threads }: OnnxRuntime,
  graph: Graph,
  optimizedModelFilePath?: string,
): Promise<OnnxSession> => {
  const hold = nodesOf(graph) < LARGE ? whole : lengthy
  return hold(() =>
    library.InferenceSession.create(encode(graph), {
      ...sessionOptions(threads),
      ...(optimizedModelFilePath === undefined ? {} : { optimizedModelFilePath }),
    }),
  )
}

/** A session for the bytes of a model that was optimised before. */
export const openOptimised = async ({ library, threads }: FileRuntime, model: Uint8Array): Promise<OnnxSession> =>
  whole(() =>
    library.InferenceSession.create(model, { ...sessionOptions(threads), graphOptimizationLevel: 'disabled' }),
  )
