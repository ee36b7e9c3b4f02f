/**
 * Drawing an index with probabilities softmax(logits), by the Gumbel maximum (M4). Of many elements a block of them is drawn first,
 * with the probability of all that it holds, then one of its elements: the same law with some 2√n random numbers instead of n.
 */
import { type AnyAxis, type Axis, type Unit, axis } from '../axis.ts'
import { type AnyTensor, type Expr, type Tensor, axesOf } from '../expr.ts'
import { divisorFrom } from '../math.ts'
import { declared } from '../phantom.ts'
import { gather } from './gather.ts'
import { concatNodes } from './join.ts'
import { rename, reorder, reshape } from './layout.ts'
import { add, constant, constantOf, equal, exp, log, multiply, subtract, where } from './pointwise.ts'
import { type KeyTensor, type Names, gumbel } from './random.ts'
import { argmax, logSoftmax, logSumExp, max, sum } from './reduce.ts'
import { spreadTo } from './rules.ts'
import { slice } from './slice.ts'
import { exponentialSums } from './softmax.ts'

/** From so many elements on they are drawn by blocks. */
const LARGE = 1024

/** Whether an index along an axis is drawn by blocks: its size alone says so, so that a key draws the same everywhere. */
export const drawnByBlocks = ({ size }: AnyAxis): boolean => size >= LARGE

/** The blocks of a large axis, and the elements of each: about √n of both, without padding where a divisor of n is near. */
export const blocksOf = ({ name, size }: AnyAxis): readonly [block: AnyAxis, element: AnyAxis] => {
  const root = Math.ceil(Math.sqrt(size))
  const divisor = divisorFrom(size, root) ?? size
  const length = divisor > 2 * root ? root : divisor
  return [axis(`${name}.block`, Math.ceil(size / length)), axis(`${name}.element`, length)]
}

/** Logits cut into blocks, the last one filled up with −∞. */
const inBlocks = (over: AnyAxis, logits: AnyTensor): AnyTensor => {
  const [block, element] = blocksOf(over)
  const others = axesOf(logits).filter(({ name }) => name !== over.name)
  const last: AnyTensor = reorder([...others.map(({ name }) => name), over.name])(logits)
  const missing = block.size * element.size - over.size
  const nothing = (): Expr => spreadTo([...others, axis(over.name, missing)])(constant(Number.NEGATIVE_INFINITY))
  const whole: AnyTensor = missing === 0 ? last : concatNodes(over.name)([last, nothing()])
  return reshape([...others, block, element])(whole)
}

/**
 * A block by the Gumbel maximum of the blocks' log-sum-exps, then one of its elements by that of their logits. The log-sum-exp of
 * a block with +∞ or NaN is that, so that the same element is found as by one maximum; blocks of −∞ are never drawn beside others.
 */
const byBlocks = (over: AnyAxis, k: KeyTensor, rows: readonly AnyAxis[], logits: AnyTensor): AnyTensor<'i32'> => {
  const [block, element] = blocksOf(over)
  const blocks = inBlocks(over, logits)
  const noises = axis(`${over.name}.noise`, block.size + element.size)
  const noise: AnyTensor = gumbel(k)(...rows, noises)
  const noisiest = (part: AnyAxis, from: number, x: AnyTensor): AnyTensor<'i32'> => {
    const own = rename(axis(noises.name, part.size), part)(slice(noises, from, part.size)(noise))
    return argmax(part)(add(x, own))
  }
  const drawn = noisiest(block, 0, logSumExp(element)(blocks))
  const within = noisiest(element, block.size, gather(block)(blocks, drawn))
  return add(multiply(drawn, constantOf('i32', element.size)), within)
}

/**
 * Draws an index along `over` with probabilities softmax(logits), by the Gumbel maximum (M4): one draw for each element
 * of the other axes, which are given in `rows`. From 1 024 elements on a block of them is drawn first.
 *
 * @example
 * const [row, symbol] = [axis('row', 4), axis('symbol', 2)]
 * const x = categorical(symbol)(inputKey('k'), row)(literal(Float64Array.of(0, 1), symbol))
 * evaluateOne(reference)(x, { k: Uint32Array.from(key(1)) }) // => [1, 1, 1, 0]
 */
export const categorical =
  <K extends string>(over: Axis<K>) =>
  <const Axs extends readonly AnyAxis[]>(k: KeyTensor, ...rows: Axs) =>
  <A extends string>(logits: Tensor<A | K>): Tensor<A | Names<Axs> | Unit, 'i32'> => {
    if (drawnByBlocks(over)) return declared(byBlocks(over, k, rows, declared(logits)))
    const noisy: Tensor<A | Names<Axs> | Unit | K> = declared(add(logits, gumbel(k)(...rows, over)))
    return argmax(over)<A | Names<Axs> | Unit>(noisy)
  }

/**
 * log softmax(logits) (nats) at an index along `over`. Of a large axis it comes of the blocks' exponentials, which a draw from the
 * same logits has computed.
 */
export const logProbabilityAt =
  <K extends string>(over: Axis<K>) =>
  <A extends string>(logits: Tensor<A | K>, index: Tensor<A, 'i32'>): Tensor<A> => {
    if (!drawnByBlocks(over)) return declared(gather(over)(logSoftmax(over)(logits), index))
    const [block, element] = blocksOf(over)
    const [highs, weights] = exponentialSums(element, inBlocks(over, declared(logits)))
    const high: AnyTensor = max(block)(highs)
    // A block of −∞ has a weight of NaN relative to its largest element, and none relative to another's.
    const shares = multiply(weights, exp(subtract(highs, high)))
    const whole: AnyTensor = sum(block)(where(equal(highs, constant(Number.NEGATIVE_INFINITY)), constant(0), shares))
    const own: AnyTensor = declared(gather(over)(logits, index))
    return declared(subtract(subtract(own, high), log(whole)))
  }
