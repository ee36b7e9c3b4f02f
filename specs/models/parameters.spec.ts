/** Where parameters start, value by value from their keys; how they are counted, looked up and named. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { normalQuantile } from '../../lib/math.ts'
import { lstmParameterAxes } from '../../lib/models/lstm.ts'
import { energyNetwork } from '../../lib/models/energy-network.ts'
import {
  axesOfInitials,
  drawParameters,
  initialValues,
  parameterCount,
  parameterInputs,
  parameterOf,
  prefixed,
  tensorOf,
  under,
  withState,
} from '../../lib/models/parameters.ts'
import { ralm } from '../../lib/models/residual-lm.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { input } from '../../lib/ops/layout.ts'
import { thrown } from '../thrown.ts'
import { smallTransformer } from './small-transformer.ts'

const [n, m] = [axis('n', 3), axis('m', 2)]

/** Normals of child `child` of a key. */
const normals = (child: number, count: number, deviation: number, mean = 0): Float32Array =>
  Float32Array.from(uniforms(fold(key(5), child), count), (u) => mean + deviation * normalQuantile(u))

describe('where parameters start', () => {
  it('parameter i draws from child i of the key: its mean, and its deviation times a normal', () => {
    const initials = {
      a: { axes: [n, m], deviation: 0.5 },
      b: { axes: [n], mean: 1 },
      c: { axes: [], mean: -2, deviation: 3 },
    }
    expect(drawParameters(initials)(key(5))).toEqual({
      a: normals(0, 6, 0.5),
      b: Float32Array.of(1, 1, 1),
      c: normals(2, 1, 3, -2),
    })
    expect(axesOfInitials(initials)).toEqual({ a: [n, m], b: [n], c: [] })
    expect(drawParameters({ z: { axes: [m] } })(key(5))).toEqual({ z: Float32Array.of(0, 0) })
  })

  it('those of one’s own likewise', () => {
    const start = initialValues({ w: input('w', n, m), b: input('b', m) }, { w: 0.1, b: 2 })(key(5))
    expect(start).toEqual({ w: normals(0, 6, 0.1), b: normals(1, 2, 2) })
  })

  it('two models draw from two children, a head on a base from the first', () => {
    const [table, other] = [tableModel({ symbols: 3, length: 2 }), tableModel({ symbols: 3, length: 3 })]
    expect(ralm(table, other).initialise(key(5))).toEqual({
      'base/logits': table.initialise(fold(key(5), 0))['logits'],
      'residual/logits': other.initialise(fold(key(5), 1))['logits'],
    })
    const network = energyNetwork({ size: smallTransformer, direction: 'causal', head: 'mean-linear' })
    const headed = network.fromBase(transformer(smallTransformer).initialise(key(1)), key(5))
    expect(headed['head.weight']).toEqual(network.initialise(fold(key(5), 0))['head.weight'])
  })
})

describe('parameters by name', () => {
  it('are counted and looked up; one that is missing is named', () => {
    expect(parameterCount({ a: [n, m], b: [n], c: [] })).toBe(10)
    const inputs = parameterInputs({ a: [n, m], b: [] })
    expect(parameterOf(inputs, 'a')).toBe(inputs['a'])
    expect(tensorOf(inputs, 'a', n, m)).toBe(inputs['a'])
    expect(thrown(() => parameterOf(inputs, 'c'))).toMatchObject({ tag: 'Feed', facts: { parameter: 'c' } })
  })

  it('stand beside other state of other names', () => {
    expect(withState({ a: 1 }, { b: 2 })).toEqual({ a: 1, b: 2 })
    expect(thrown(() => withState({ a: 1, b: 1 }, { b: 2 }))).toMatchObject({ tag: 'Shape', facts: { parameter: 'b' } })
  })

  it('are put under a prefix and taken out again', () => {
    const both = { ...prefixed('x/', { a: 1, b: 2 }), y: 3, 'z/x/a': 4 }
    expect(both).toEqual({ 'x/a': 1, 'x/b': 2, y: 3, 'z/x/a': 4 })
    expect(under('x/', both)).toEqual({ a: 1, b: 2 })
  })
})

describe('sizes of models', () => {
  const models: Readonly<Record<string, readonly [make: (change: object) => unknown, names: readonly string[]]>> = {
    transformer: [
      (change) => transformer({ ...smallTransformer, ...change }),
      ['symbols', 'model', 'heads', 'layers', 'feedForward', 'context'],
    ],
    LSTM: [
      (change) => lstmParameterAxes({ symbols: 3, hidden: 2, layers: 1, ...change }),
      ['symbols', 'hidden', 'layers'],
    ],
    table: [(change) => tableModel({ symbols: 3, length: 2, ...change }), ['symbols', 'length']],
  }

  it.each(Object.entries(models))('of a %s are whole numbers above 0', (title, [make, names]) => {
    for (const name of names)
      for (const size of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
        expect(thrown(() => make({ [name]: size }))).toMatchObject({
          tag: 'Shape',
          what: expect.stringMatching(new RegExp(`${title}'s ${name} is ${size}, not a whole number above 0$`, 'u')),
        })
  })
})
