/**
 * Random tensors from keys: Threefry-2x32-20, the same bits as `key.ts` on every executor. Element i (row-major over the
 * axes as given) is word i of the key.
 */
import { two } from '../at.ts'
import { type AnyAxis, type Axis, type Unit, axis, sizeOf } from '../axis.ts'
import { type ArrayType, type Op, type Tensor, type Value, axesOf } from '../expr.ts'
import { childNumber, type Key, fold, words } from '../key.ts'
import { extentsOf } from './emit.ts'
import { sharingGroups } from './kernels.ts'
import { inputOf } from './layout.ts'
import { cast, less, log, constant, multiply, negate, normalQuantile, scale, unit } from './pointwise.ts'
import { made, readAxes, readNumber, requireDType, requireNumber, writeAxes } from './rules.ts'
import { declared } from '../phantom.ts'

/**
 * The axis of a key: its two words.
 *
 * @example
 * word.size // => 2
 */
export const word: Axis<'word'> = axis('word', 2)

/** A key as a tensor. */
export type KeyTensor = Tensor<'word' | Unit, 'u32'>

/**
 * A key fed at run time, as two u32 words.
 *
 * @example
 * evaluateOne(reference)(inputKey('k'), { k: Uint32Array.from(key(1)) }) // => [0, 1]
 */
export const inputKey = (name: string): KeyTensor => inputOf('u32')(name, word)

const keyOf = (x: Value | undefined): Key => two(x?.data ?? [])

const requireKey = (op: string, args: readonly ArrayType[]): void => requireDType(op, 'u32', ...args)

const randomBitsOp: Op = {
  name: 'random_bits',
  kind: 'kernel',
  types: (attrs, args) => {
    requireKey('random_bits', args)
    return [{ axes: readAxes(attrs['axes']), dtype: 'u32' }]
  },
  reference: (_attrs, [out], [k]) => [words(keyOf(k), sizeOf(out?.axes ?? []))],
  lower: (_attrs, [out], _args, on) => {
    const count = sizeOf(out?.axes ?? [])
    return [
      {
        shader: 'random_bits',
        preludes: ['threefry', 'spans'],
        overrides: {},
        params: { count },
        workgroups: sharingGroups(count, 1024, on),
        buffers: [{ in: 0 }, { out: 0 }],
      },
    ]
  },
  onnx: (_attrs, b, inputs, [out]) => [b.node('host:words', inputs, { shape: extentsOf(out?.axes ?? []) })],
}

const foldKeyOp: Op = {
  name: 'fold_key',
  kind: 'kernel',
  types: (_attrs, args) => {
    requireKey('fold_key', args)
    return args.slice(0, 1)
  },
  reference: (attrs, _out, [k]) => [Uint32Array.from(fold(keyOf(k), readNumber(attrs['child'])))],
  lower: (attrs) => [
    {
      shader: 'fold_key',
      preludes: ['threefry'],
      overrides: {},
      params: { number: readNumber(attrs['child']) },
      workgroups: 1,
      buffers: [{ in: 0 }, { out: 0 }],
    },
  ],
  onnx: (attrs, b, inputs) => [b.node('host:fold', inputs, { parameter: readNumber(attrs['child']) })],
}

/** The names of axes that are given one by one. */
export type Names<Axs extends readonly AnyAxis[]> = Axs[number]['name']

/**
 * Random u32 words, one an element.
 *
 * @example
 * const x = randomBits(inputKey('k'))(axis('n', 2))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [507451445, 1853169794]
 */
export const randomBits =
  (k: KeyTensor) =>
  <const Axs extends readonly AnyAxis[]>(...axes: Axs): Tensor<Names<Axs> | Unit, 'u32'> =>
    made(randomBitsOp, { axes: writeAxes(axes) }, k)
/**
 * Child `i` of a key.
 *
 * @example
 * const x = foldKey(3)(inputKey('k'))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [1092751731, 2723636636]
 */
export const foldKey =
  (i: number) =>
  (k: KeyTensor): KeyTensor =>
    made(foldKeyOp, { child: childNumber(i) }, k)
/**
 * Uniforms in the open interval (0, 1).
 *
 * @example
 * const x = uniform(inputKey('k'))(axis('n', 2))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [0.11815, 0.431475]
 */
export const uniform =
  (k: KeyTensor) =>
  <const Axs extends readonly AnyAxis[]>(...axes: Axs): Tensor<Names<Axs> | Unit> =>
    unit(randomBits(k)(...axes))
/**
 * Standard normals, by the inverse of the distribution function.
 *
 * @example
 * const x = normal(inputKey('k'))(axis('n', 2))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [-1.18428, -0.172621]
 */
export const normal =
  (k: KeyTensor) =>
  <const Axs extends readonly AnyAxis[]>(...axes: Axs): Tensor<Names<Axs> | Unit> =>
    normalQuantile(uniform(k)(...axes))
/**
 * Standard Gumbel variables −log(−log u), between −2.81 and 16.64 (23 bits of u).
 *
 * @example
 * const x = gumbel(inputKey('k'))(axis('n', 2))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [-0.75884, 0.173703]
 */
export const gumbel =
  (k: KeyTensor) =>
  <const Axs extends readonly AnyAxis[]>(...axes: Axs): Tensor<Names<Axs> | Unit> =>
    negate(log(negate(log(uniform(k)(...axes)))))
/**
 * 1 with the given probability, else 0, independently along `axes`.
 *
 * @example
 * const x = bernoulli(inputKey('k'), 0.5)(axis('n', 4))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [1, 1, 1, 1]
 */
export const bernoulli =
  (k: KeyTensor, probability: number) =>
  <const Axs extends readonly AnyAxis[]>(...axes: Axs): Tensor<Names<Axs> | Unit> => {
    const fits = probability >= 0 && probability <= 1
    requireNumber('bernoulli: a probability of', probability, fits, 'give a probability in [0, 1]')
    return cast('f32')(less(uniform(k)(...axes), constant(probability)))
  }
/**
 * Sets elements to 0 with probability `rate` and divides the others by 1 − rate; `axes` are those of the tensor.
 *
 * @example
 * const n = axis('n', 4)
 * const x = dropout(inputKey('k'), 0.5)(n)(literal(Float64Array.of(1, 1, 1, 1), n))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [2, 2, 2, 2]
 */
export const dropout =
  (k: KeyTensor, rate: number) =>
  <const Axs extends readonly AnyAxis[]>(...axes: Axs) =>
  <A extends string>(x: Tensor<A | Names<Axs>>): Tensor<A | Names<Axs> | Unit> => {
    const kept = 1 - requireNumber('dropout: a rate of', rate, rate >= 0 && rate < 1, 'give a rate in [0, 1)')
    return multiply(x, scale(1 / kept)(bernoulli(k, kept)(...axes)))
  }
/** `dropout` along all axes that a tensor has. */
export const dropoutOf =
  (k: KeyTensor, rate: number) =>
  <A extends string>(x: Tensor<A>): Tensor<A> =>
    declared(dropout(k, rate)(...axesOf(x))<string>(declared(x)))

/** The operations of this file, for the table. */
export const randomOps: readonly Op[] = [randomBitsOp, foldKeyOp]
