/**
 * Values that are made on the host before each run and fed to the graph: everything that comes from random keys.
 */
import { at, held } from '../at.ts'
import { type Values, allocate } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { type Expr, type Value, topological, typeOf } from '../expr.ts'
import { type Key, fold } from '../key.ts'
import type { HostNode } from './types.ts'
import { fillBelow, fillUniforms, fillWords } from './random.ts'

/** The value of a key in terms of the inputs' values. Keys are small, so the operations' references compute them. */
export const keyValue = (key: Expr, inputOf: (input: Expr) => Values): Key => {
  const known = new Map<Expr, Value>()
  for (const node of topological([key])) {
    const type = typeOf(node)
    const xs = node.args.map((a): Value => known.get(a) ?? { ...type, data: allocate(type.dtype, 0) })
    const data =
      node.op.name === 'input'
        ? inputOf(node)
        : (node.op.reference?.(node.attrs, node.types, xs)[0] ??
          raise(
            failure(
              'Runtime',
              `the key of a random value is computed by '${node.op.name}'`,
              'derive keys from inputs by foldKey',
              { op: node.op.name },
            ),
          ))
    known.set(node, { ...type, data })
  }
  const words = held(known, key).data
  return [at(words, 0), at(words, 1)]
}

/** A host value of a run: f32, u32, or bytes for booleans. */
type HostData = Float32Array | Uint32Array | Uint8Array

/** Storage for a host value, to be used for every run. */
export const hostStorage = ({ output }: HostNode): HostData => {
  const n = output.shape.reduce((a, b) => a * b, 1)
  return output.dtype === 'f32' ? new Float32Array(n) : output.dtype === 'bool' ? new Uint8Array(n) : new Uint32Array(n)
}

/** Computes a host value into its storage. */
export const fillHost = (node: HostNode, key: Key, out: HostData): void => {
  if (out instanceof Float32Array) fillUniforms(out, key)
  else if (out instanceof Uint8Array) fillBelow(out, key, node.parameter)
  else if (node.kind === 'fold') out.set(fold(key, node.parameter))
  else fillWords(out, key)
}
