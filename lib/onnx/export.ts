/**
 * Programs as `.onnx` files: standard ONNX (operator set 18) that any runtime reads, with named inputs and outputs, axis
 * names as dimension names, and parameters inside or in a file beside.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, field } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { type Failure, failure, fromThrown, raise } from '../errors.ts'
import { inputName, type Program } from '../executor.ts'
import { type Expr, topological, typeOf } from '../expr.ts'
import { encodeValues } from './constants.ts'
import { genericGraph } from './generic.ts'
import { pruned } from './graph.ts'
import { loopsOver } from './loops.ts'
import { draft, type Lowered, lower } from './lower.ts'
import { installed } from './installed.ts'
import { loadEncoder, type OnnxSource } from './runtime.ts'
import { type Limits, probesFor } from './sizes.ts'
import { recordOf } from '../phantom.ts'
import type { Graph, GraphNode, GraphValue, Initialiser } from './types.ts'

/** What to export, and how. `D`: names of free axes, `O`: names of outputs. */
export interface ExportOptions<O extends string = string, D extends string = never> {
  /**
   * The program at given sizes of the free axes. It must be the same program at every size: no number may depend on a size
   * but through the shapes of its inputs.
   */
  readonly program: (sizes: Readonly<Record<D, number>>) => Program<never, O>
  /** Axes whose size the user of the file chooses; they become named dimensions. */
  readonly dynamic?: readonly D[]
  /** The largest size of a free axis, where the program has one (a context); the file refuses larger ones. */
  readonly limits?: Readonly<Partial<Record<D, number>>>
  /** Values of inputs that become part of the file (parameters), by input name. */
  readonly values?: Readonly<Record<string, Values>>
  /** The name of a file beside the model that holds those values; absent: they are inside. */
  readonly external?: string
  /** One sentence on each input and output, units included. */
  readonly notes?: Readonly<Record<string, string>>
  readonly description?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** A file in memory: the model, and the data that belong beside it under the name that was asked for. */
export interface OnnxFile {
  readonly model: Uint8Array
  readonly data?: Uint8Array
}

/** Bytes between the starts of two external tensors: a multiple of this. */
const ALIGNMENT = 64

/** A node under new names. */
const renamedNode =
  (now: (name: string) => string) =>
  (node: GraphNode): GraphNode => {
    const value = (v: GraphValue): GraphValue => ({ ...v, name: now(v.name) })
    const { body } = node
    return {
      ...node,
      inputs: node.inputs.map(now),
      outputs: node.outputs.map(now),
      ...(body === undefined
        ? {}
        : {
            body: {
              nodes: body.nodes.map(renamedNode(now)),
              initialisers: [],
              inputs: body.inputs.map(value),
              outputs: body.outputs.map(value),
            },
          }),
    }
  }

/** Names for the outside: inputs and outputs have theirs, `/…` is inside; inputs with values become constants. */
const named = (
  graph: Graph,
  fed: readonly string[],
  options: ExportOptions<string, string>,
  names: readonly string[],
) => {
  const { values = {}, notes = {} } = options
  const outside = new Map([
    ...graph.inputs.map(({ name }, i): [string, string] => [name, at(fed, i)]),
    ...graph.outputs.map(({ name }, i): [string, string] => [name, at(names, i)]),
  ])
  const now = (name: string): string => outside.get(name) ?? `/${name}`
  const shown = (value: GraphValue): GraphValue => {
    const name = now(value.name)
    const note = notes[name]
    return { ...value, name, ...(note === undefined ? {} : { note }) }
  }
  const inside = graph.inputs.map(shown).flatMap(({ name, dtype, shape }): readonly Initialiser[] => {
    const data = values[name]
    return data === undefined || dtype === 'i64'
      ? []
      : [{ name, key: name, dtype, shape, bytes: encodeValues(dtype, data) }]
  })
  return {
    nodes: graph.nodes.map(renamedNode(now)),
    initialisers: [...inside, ...graph.initialisers.map((c) => ({ ...c, name: now(c.name) }))],
    inputs: graph.inputs.map(shown).filter(({ name }) => values[name] === undefined),
    outputs: graph.outputs.map(shown),
  }
}

/** The bytes of large constants in a file beside the model. */
export const besides = (graph: Graph, location: string): { readonly graph: Graph; readonly data: Uint8Array } => {
  let length = 0
  const placed = graph.initialisers.map((constant): Initialiser => {
    if (constant.bytes.length < ALIGNMENT) return constant
    const offset = length
    length = ALIGNMENT * Math.ceil((offset + constant.bytes.length) / ALIGNMENT)
    return { ...constant, external: { location, offset, length: constant.bytes.length } }
  })
  const data = new Uint8Array(length)
  for (const { bytes, external } of placed) if (external !== undefined) data.set(bytes, external.offset)
  return { graph: { ...graph, initialisers: placed }, data }
}

const inputsOf = (program: Program): readonly Expr[] =>
  topological(Object.values(program.outputs)).filter((x) => x.op.name === 'input')

/** What is wrong with a program that is to be exported, if anything. */
const problem = (program: Program, { values = {} }: ExportOptions<string, string>): Failure | undefined => {
  const inputs = inputsOf(program)
  const state = Object.keys(program.state)
  const twice = inputs.map(inputName).find((name, i, all) => all.indexOf(name) !== i)
  const clash = Object.keys(program.outputs).find((name) => inputs.some((x) => inputName(x) === name))
  const unknown = Object.keys(values).find((name) => !inputs.some((x) => inputName(x) === name))
  const wrong = inputs.find((x) => {
    const data = values[inputName(x)]
    return data !== undefined && data.length !== sizeOf(typeOf(x).axes)
  })
  if (state.length > 0)
    return failure('Usage', `the program carries state (${state.join(', ')})`, 'export one made with `outputs`', {
      state,
    })
  if (twice !== undefined)
    return failure('Usage', `two inputs are called '${twice}'`, 'give each its own name', { input: twice })
  if (clash !== undefined)
    return failure('Usage', `'${clash}' is both an input and an output`, 'name the output otherwise', { name: clash })
  if (unknown !== undefined)
    return failure('Feed', `there is a value for '${unknown}', which is no input`, 'leave it out', { input: unknown })
  return wrong === undefined
    ? undefined
    : failure('Feed', `the value of '${inputName(wrong)}' has the wrong length`, 'give one number for each element', {
        input: inputName(wrong),
      })
}

const sizesIn = (program: Program): ReadonlySet<number> =>
  new Set(topological(Object.values(program.outputs)).flatMap((x) => x.types.flatMap((t) => t.axes.map((a) => a.size))))

const withoutHosts = <A extends { readonly hosts: readonly unknown[] }>(lowered: A): A =>
  lowered.hosts.length === 0
    ? lowered
    : raise(
        failure(
          'Usage',
          'the program draws random numbers, which are made outside of the graph',
          'export a program that takes them as an input',
          { op: 'random_bits' },
        ),
      )

const fedNames = (graph: Graph, fed: Lowered['fed']): readonly string[] =>
  graph.inputs.map(({ name }) => {
    const found = fed.find((f) => f.value.name === name)
    return found === undefined ? name : inputName(found.input)
  })

/** The graph of a program with its free axes. Throws `Shape` and `Usage` failures. */
const graphOf = <O extends string, D extends string>(options: ExportOptions<O, D>): Graph => {
  const { program, dynamic = [] } = options
  const limits: Limits = { ...options.limits }
  const first = program(recordOf(dynamic, () => 2))
  const wrong = problem(first, options)
  if (wrong !== undefined) raise(wrong)
  const names = Object.keys(first.outputs)
  if (dynamic.length === 0) {
    const { graph, fed } = withoutHosts(lower(first))
    return named(graph, fedNames(graph, fed), options, names)
  }
  const probes = probesFor(dynamic, sizesIn(first), limits)
  const drafts = probes.points.map((point) =>
    draft(program(recordOf(dynamic, (d) => field(point, d))), loopsOver(dynamic)),
  )
  const graph = pruned(
    genericGraph(
      probes,
      drafts.map((d) => withoutHosts(d.draft).graph),
      limits,
    ),
  )
  return named(graph, fedNames(graph, at(drafts, 0).fed), options, names)
}

/**
 * A program as a file. Left `Shape` names the operation and the axis when one graph cannot serve every size of a free
 * axis; `Usage` for a program with state or with random numbers; `NoAdapter` when the package protobufjs is missing.
 *
 * @example
 * import { axis, input, outputs, run, tanh } from 'exptilt'
 * const file = await run(exportProgram({
 *   dynamic: ['batch'],
 *   program: ({ batch }) => outputs({ y: tanh(input('x', axis('batch', batch), axis('n', 3))) }),
 * }))
 * file.model.length > 100 // => true
 */
export const exportProgram = <O extends string, D extends string = never>(
  options: ExportOptions<O, D>,
  source: OnnxSource = installed,
): TE.TaskEither<Failure, OnnxFile> =>
  pipe(
    loadEncoder(source),
    TE.chain((encode) =>
      TE.tryCatch(
        async () => {
          const { description, metadata = {}, external } = options
          const whole = graphOf(options)
          const { graph, data } = external === undefined ? { graph: whole, data: undefined } : besides(whole, external)
          const notes = { ...(description === undefined ? {} : { description }), metadata }
          const model = encode(graph, notes)
          return { model, ...(data === undefined ? {} : { data }) }
        },
        fromThrown('Runtime', 'check the program'),
      ),
    ),
  )
