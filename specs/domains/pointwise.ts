/**
 * Where the pointwise operations are tried: element types and ranges of their operands.
 */
import {
  allWords,
  type Draws,
  drawAxes,
  drawDistinct,
  drawInput,
  drawValues,
  flags,
  type Placed,
  type Range,
  rangeOf,
  reals,
  type Sample,
  sampleNode,
  signed,
  some,
  unsigned,
} from './draws.ts'

type Operands = readonly Range[]
/** At least one choice of operand types. */
type Choices = readonly [Operands, ...(readonly Operands[])]

const twice = (x: Range): Operands => [x, x]
const numeric: Choices = [twice(reals(-4, 4)), twice(reals(-4, 4)), twice(signed), twice(unsigned)]
const anything: Choices = [...numeric, twice(flags)]
const few: Range = { dtype: 'f32', low: -1, high: 1, edges: [-1, 0, 1] }
const unary = (low: number, high: number, avoid?: Range['avoid']): Choices => [[reals(low, high, avoid)]]
const nonZero = (range: Range): Range => ({ ...range, low: 1, edges: [1, 2, 7] })

const operands: Readonly<Record<string, Choices>> = {
  add: numeric,
  subtract: numeric,
  multiply: numeric,
  divide: [
    [reals(-4, 4), reals(0.2, 3)],
    [reals(-4, 4), reals(-3, -0.2)],
    [signed, nonZero(signed)],
    [unsigned, nonZero(unsigned)],
  ],
  remainder: [
    [reals(-4, 4), reals(0.5, 3)],
    [signed, nonZero(signed)],
    [unsigned, nonZero(unsigned)],
  ],
  power: [
    [reals(0.1, 3), reals(-2, 3)],
    [reals(-3, -0.1), reals(-2, 3)],
  ],
  annihilate: [twice(reals(-3, 3))],
  equal: [...anything, twice(few)],
  less: [...anything, twice(few)],
  less_equal: [...anything, twice(few)],
  is_finite: unary(-3, 3),
  and: [twice(flags)],
  or: [twice(flags)],
  not: [[flags]],
  where: [
    [flags, reals(-3, 3), reals(-3, 3)],
    [flags, signed, signed],
    [flags, unsigned, unsigned],
    [flags, flags, flags],
  ],
  negate: [[reals(-4, 4)], [signed]],
  exp: unary(-3, 3),
  log: unary(0.1, 4),
  expm1: unary(-2, 2),
  log1p: unary(-0.8, 4),
  sqrt: unary(0.1, 4),
  reciprocal: [[reals(0.2, 4)], [reals(-4, -0.2)]],
  absolute: unary(-3, 3, [0]),
  sign: unary(-3, 3, [0]),
  floor: unary(-5, 5, 'integers'),
  tanh: unary(-3, 3),
  sigmoid: unary(-6, 6),
  softplus: unary(-6, 6),
  erf: unary(-3, 3),
  gelu: unary(-2, 4),
  gelu_slope: unary(-1, 4),
  gelu_tanh: unary(-2, 4),
  gelu_tanh_slope: unary(-1, 4),
  sine: unary(-4, 4),
  cosine: unary(-4, 4),
  normal_quantile: [[{ dtype: 'f32', low: 0.01, high: 0.99, edges: [2 ** -24, 1 - 2 ** -24, 0.5] }]],
  unit: [[allWords]],
  stop_gradient: [[reals(-3, 3)], [signed], [flags]],
}

/** Operands over parts of the same axes, in any order: they broadcast. */
const sampled = (name: string, d: Draws): Sample => {
  const ranges = d.one(operands[name] ?? [[]])
  const axes = drawAxes(d, d.how.rank)
  return sampleNode(
    name,
    {},
    ranges.map((range) => drawInput(d, d.shuffled(ranges.length === 1 ? axes : some(d, axes)), range)),
  )
}

/** Two operands whose elements are never within 0.01 of each other. */
const separated = (name: string, d: Draws): Sample => {
  if (d.how.values === 'edge' || d.uniform() < 0.3) {
    const range = d.one([reals(-4, 4), signed, unsigned])
    const axes = drawAxes(d, d.how.rank)
    if (range.dtype !== 'f32' || d.how.values === 'edge')
      return sampleNode(name, {}, [drawInput(d, some(d, axes), range), drawInput(d, axes, range)])
  }
  const axes = drawAxes(d, d.how.rank)
  const lattice = (shift: number): Placed => {
    const own = some(d, axes)
    const size = own.reduce((n, a) => n * a.size, 1)
    return d.place(
      own,
      Float64Array.from(drawValues(d, size, signed), (n) => n / 4 + shift),
      'f32',
    )
  }
  return sampleNode(name, {}, [lattice(0), lattice(0.125)])
}

const cast = (d: Draws): Sample => {
  const from = d.one(['f32', 'f32', 'i32', 'u32', 'bool'])
  const to = d.one(['f32', 'f32', 'i32', 'u32', 'bool'])
  const range = from === 'f32' && to !== 'f32' ? reals(-5, 5, 'integers') : rangeOf(from)
  return sampleNode('cast', { to }, [drawInput(d, drawAxes(d, d.how.rank), range)])
}

const constant = (d: Draws): Sample => {
  const dtype = d.one(['f32', 'i32', 'u32', 'bool'])
  return sampleNode('constant', { value: drawValues(d, 1, rangeOf(dtype))[0] ?? 0, dtype }, [])
}

/** A value along some axes, repeated along all. */
const spread = (d: Draws): Sample => {
  const axes = drawAxes(d, d.how.rank)
  const x = drawDistinct(d, some(d, axes), 0.3)
  return sampleNode('spread', { axes: axes.map(({ name, size }) => ({ name, size })) }, [x])
}

/** Generators by operation. */
export const pointwiseDomains: Readonly<Record<string, (d: Draws) => Sample>> = {
  ...Object.fromEntries(Object.keys(operands).map((name) => [name, (d: Draws) => sampled(name, d)])),
  maximum: (d) => separated('maximum', d),
  minimum: (d) => separated('minimum', d),
  cast,
  constant,
  spread,
}
