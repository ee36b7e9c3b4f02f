/**
 * The ONNX file format: the part of `onnx.proto` (IR version 10) that programs need, as a protobufjs descriptor, and the
 * encoding of a graph as a model. Field numbers are those of the ONNX repository (`onnx/onnx.proto`).
 */
import type { INamespace, Root } from 'protobufjs'
import type { OnnxAttribute } from '../expr.ts'
import { elementNumbers } from '../ops/emit.ts'
import type { Dimension, Graph, GraphNode, GraphValue, Initialiser } from './types.ts'

/** Operator set of every model that is written. */
const OPSET = 18
/** Version of the intermediate representation of every model that is written. */
const IR_VERSION = 8

const field = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule === undefined ? {} : { rule }) })

/** The messages of `onnx.proto` as a descriptor. */
export const descriptor: INamespace = {
  nested: {
    onnx: {
      nested: {
        ModelProto: {
          fields: {
            irVersion: field('int64', 1),
            producerName: field('string', 2),
            producerVersion: field('string', 3),
            docString: field('string', 6),
            graph: field('GraphProto', 7),
            opsetImport: field('OperatorSetIdProto', 8, 'repeated'),
            metadataProps: field('StringStringEntryProto', 14, 'repeated'),
          },
        },
        OperatorSetIdProto: { fields: { domain: field('string', 1), version: field('int64', 2) } },
        StringStringEntryProto: { fields: { key: field('string', 1), value: field('string', 2) } },
        GraphProto: {
          fields: {
            node: field('NodeProto', 1, 'repeated'),
            name: field('string', 2),
            initializer: field('TensorProto', 5, 'repeated'),
            docString: field('string', 10),
            input: field('ValueInfoProto', 11, 'repeated'),
            output: field('ValueInfoProto', 12, 'repeated'),
          },
        },
        NodeProto: {
          fields: {
            input: field('string', 1, 'repeated'),
            output: field('string', 2, 'repeated'),
            name: field('string', 3),
            opType: field('string', 4),
            attribute: field('AttributeProto', 5, 'repeated'),
            domain: field('string', 7),
          },
        },
        AttributeProto: {
          fields: {
            name: field('string', 1),
            f: field('float', 2),
            i: field('int64', 3),
            s: field('bytes', 4),
            g: field('GraphProto', 6),
            floats: field('float', 7, 'repeated'),
            ints: field('int64', 8, 'repeated'),
            type: field('int32', 20),
          },
        },
        TensorProto: {
          fields: {
            dims: field('int64', 1, 'repeated'),
            dataType: field('int32', 2),
            name: field('string', 8),
            rawData: field('bytes', 9),
            externalData: field('StringStringEntryProto', 13, 'repeated'),
            dataLocation: field('int32', 14),
          },
        },
        ValueInfoProto: {
          fields: { name: field('string', 1), type: field('TypeProto', 2), docString: field('string', 3) },
        },
        TypeProto: { fields: { tensorType: field('TensorTypeProto', 1) } },
        TensorTypeProto: { fields: { elemType: field('int32', 1), shape: field('TensorShapeProto', 2) } },
        TensorShapeProto: { fields: { dim: field('DimensionProto', 1, 'repeated') } },
        DimensionProto: {
          fields: { dimValue: field('int64', 1), dimParam: field('string', 2), denotation: field('string', 3) },
        },
      },
    },
  },
}

const text = new TextEncoder()

/** An attribute by its JavaScript type: integer, `{ float }`, text, or a list of integers. */
const attribute = (name: string, value: OnnxAttribute): object =>
  typeof value === 'number'
    ? { name, i: value, type: 2 }
    : typeof value === 'string'
      ? { name, s: text.encode(value), type: 3 }
      : 'float' in value
        ? { name, f: value.float, type: 1 }
        : { name, ints: value, type: 7 }

const node = ({ type, domain, inputs, outputs, attributes, body }: GraphNode): object => ({
  input: inputs,
  output: outputs,
  opType: type,
  ...(domain === undefined ? {} : { domain }),
  attribute: [
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...(body === undefined ? [] : [{ name: 'body', g: graphMessage('body', body), type: 5 }]),
  ],
})

const entry = ([key, value]: readonly [string, string]): object => ({ key, value })

const tensor = ({ name, dtype, stored, shape, bytes, external }: Initialiser): object => ({
  name,
  dims: shape,
  dataType: elementNumbers[stored ?? dtype],
  ...(external === undefined
    ? { rawData: bytes }
    : {
        externalData: Object.entries(external).map(([key, value]) => entry([key, String(value)])),
        dataLocation: 1,
      }),
})

const dimension = ({ size, name, axis }: Dimension): object => ({
  ...(size === undefined ? { dimParam: name ?? axis ?? '' } : { dimValue: size }),
  ...(axis === undefined ? {} : { denotation: axis }),
})

const value = ({ name, dtype, shape, dimensions, note }: GraphValue): object => ({
  name,
  type: {
    tensorType: {
      elemType: elementNumbers[dtype],
      shape: { dim: (dimensions ?? shape.map((size): Dimension => ({ size }))).map(dimension) },
    },
  },
  ...(note === undefined ? {} : { docString: note }),
})

const graphMessage = (name: string, graph: Graph): object => ({
  name,
  node: graph.nodes.map(node),
  initializer: graph.initialisers.map(tensor),
  input: graph.inputs.map(value),
  output: graph.outputs.map(value),
})

const domainsOf = ({ nodes }: Graph): readonly string[] => [
  ...new Set(nodes.flatMap(({ domain }) => (domain === undefined ? [] : [domain]))),
]

/** What a model says of itself besides its graph. */
export interface ModelNotes {
  readonly version?: string
  readonly description?: string
  readonly metadata?: Readonly<Record<string, string>>
}

/** The bytes of a model that holds this graph. */
export const encodeModel =
  (root: Root) =>
  (graph: Graph, { version, description, metadata = {} }: ModelNotes = {}): Uint8Array => {
    const Model = root.lookupType('onnx.ModelProto')
    const message = {
      irVersion: IR_VERSION,
      producerName: 'exptilt',
      ...(version === undefined ? {} : { producerVersion: version }),
      ...(description === undefined ? {} : { docString: description }),
      opsetImport: [{ domain: '', version: OPSET }, ...domainsOf(graph).map((domain) => ({ domain, version: 1 }))],
      graph: graphMessage('program', graph),
      metadataProps: Object.entries(metadata).map(entry),
    }
    return Model.encode(Model.fromObject(message)).finish()
  }
