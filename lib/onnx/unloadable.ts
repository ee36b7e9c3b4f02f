/** What ONNX Runtime says of a model that it cannot load, as one sentence. */
import { type Failure, failure, reasonOf } from '../errors.ts'

/** The failure of a model of this name. */
export const unloadable =
  (file: string) =>
  (thrown: unknown): Failure => {
    const said = reasonOf(thrown)
    const operator =
      /(?:No Op registered for|Fatal error:) *(?:[\w.]*:)?(\w+)(?:\(|\s)/.exec(said) ??
      /(\S+) is not a registered function\/op/.exec(said)
    if (operator?.[1] !== undefined)
      return failure(
        'Format',
        `${file} uses the operator '${operator[1]}', which ONNX Runtime does not know`,
        'export the model with standard operators',
        { file, operator: operator[1] },
      )
    if (/protobuf parsing failed|INVALID_PROTOBUF|ModelProto does not have a graph/i.test(said))
      return failure('Format', `${file} is not an ONNX model`, 'give a file that an exporter to ONNX wrote', { file })
    return failure('Format', `${file} cannot be loaded (${said})`, 'export the model again', { file })
  }
