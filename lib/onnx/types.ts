/**
 * What an ONNX graph is made of, and what the builder of one offers.
 */
import type { DType } from '../dtype.ts'
import type { OnnxAttribute, OnnxBuilder } from '../expr.ts'

/** A node of the graph; values are names. */
export interface GraphNode {
  readonly type: string
  /** The set of operators that its type is of; ONNX's own unless given. */
  readonly domain?: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, OnnxAttribute>>
  /** The body of a loop; it may read names of the graph around it. */
  readonly body?: Graph
  /** The operation of the library that emitted the node. */
  readonly origin?: string
}

/** Element types of the graph: those of the library, and int64, which ONNX wants for shapes. */
export type GraphType = DType | 'i64'

/** What a file says of one dimension: its size, or a name when the size is free; and the axis that it is. */
export interface Dimension {
  readonly size?: number
  readonly name?: string
  readonly axis?: string
}

/** A named value with its type. */
export interface GraphValue {
  readonly name: string
  readonly dtype: GraphType
  readonly shape: readonly number[]
  /** Dimensions as a file should show them; by default the sizes of `shape`. */
  readonly dimensions?: readonly Dimension[]
  /** What the value is, for a person. */
  readonly note?: string
}

/** A constant of the graph, little-endian. */
export interface Initialiser extends GraphValue {
  /** Equal for equal constants. */
  readonly key: string
  readonly bytes: Uint8Array
  /** The element type of the bytes, where the library has none such. */
  readonly stored?: 'f16' | 'u8'
  /** Where the bytes stand when they are not in the model: a file beside it. */
  readonly external?: { readonly location: string; readonly offset: number; readonly length: number }
}

/** A finished graph. */
export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly initialisers: readonly Initialiser[]
  readonly inputs: readonly GraphValue[]
  readonly outputs: readonly GraphValue[]
}

/** A value made on the host before each run, from a key: words, uniforms, uniforms below a threshold, a child key. */
export interface HostNode {
  readonly kind: 'words' | 'uniforms' | 'below' | 'fold'
  /** Name of the key, as it was passed to the builder. */
  readonly key: string
  readonly output: GraphValue
  /** Threshold of `below`, child of `fold`. */
  readonly parameter: number
}

/** The builder that operations see, and what the lowering asks of it. */
export interface GraphBuilder extends OnnxBuilder {
  /** Declares an input of the graph. */
  readonly input: (value: GraphValue) => string
  /** Notes the shape of a value. */
  readonly note: (name: string, shape: readonly number[]) => void
  readonly shapeOf: (name: string) => readonly number[] | undefined
  /** The value of an integer constant. */
  readonly integersOf: (name: string) => readonly number[] | undefined
  /** Names the operation whose nodes come next. */
  readonly mark: (origin: string) => void
  /** A node with a body. */
  readonly loop: (
    type: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Readonly<Record<string, OnnxAttribute>>,
    body: Graph,
  ) => readonly string[]
  /** The same value under another name. */
  readonly copy: (name: string) => string
  /** A computed value of its own for an output: a graph cannot return an input, a constant, or one value twice. */
  readonly own: (name: string, taken: Set<string>) => string
  /** The node that computes a value. */
  readonly producer: (name: string) => GraphNode | undefined
  /** A host value or a constant of another graph, as it is. */
  readonly host: (node: HostNode) => string
  readonly initialiser: (constant: Initialiser, integers: readonly number[] | undefined) => string
  readonly finish: (outputs: readonly GraphValue[]) => Finished
}

/** A finished graph with what the builder knew of it. */
export interface Finished {
  readonly graph: Graph
  readonly hosts: readonly HostNode[]
  readonly shapeOf: (name: string) => readonly number[] | undefined
  readonly integersOf: (name: string) => readonly number[] | undefined
}
