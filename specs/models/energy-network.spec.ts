/** Energy networks: heads against sums written out, pooling, direction, the start from a base model, and failures. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Expr } from '../../lib/expr.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { logSumExp } from '../../lib/math.ts'
import { type Parameters, keepAll } from '../../lib/models/autoregressive.ts'
import { type EnergyHead, type EnergyNetworkOptions, energyNetwork } from '../../lib/models/energy-network.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { transformer, transformerHidden } from '../../lib/models/transformer.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { thrown } from '../thrown.ts'
import { smallTransformer } from './small-transformer.ts'
import { parameterFeeds, relative, valuesOn } from './torch.ts'

const size = smallTransformer
const [BATCH, TIME, FROM] = [2, 6, 2]
const batch = axis('batch', BATCH)
const tokens = inputOf('i32')('tokens', batch, axis('time', TIME))
const rows = Int32Array.of(1, 2, 3, 4, 0, 1, 4, 4, 2, 1, 0, 3)

const wide = (parameters: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, data]) => [
      name,
      name.endsWith('gain') ? data : data.map((w) => 10 * w + 0.1),
    ]),
  )

const heads: readonly EnergyHead[] = ['mean-linear', 'position-sum', 'target-logit', 'logsumexp']
const directions = ['causal', 'bidirectional'] as const

const energiesOf = async (options: EnergyNetworkOptions, parameters: Parameters, row: Int32Array) => {
  const network = energyNetwork(options)
  const energy = network.energy(parameterInputs(network.parameters), tokens, FROM, keepAll)
  return (await valuesOn(reference, { energy }, { ...parameterFeeds(parameters), tokens: row }))('energy')
}

/** Σ_model x[b, t, ·]·w. */
const dot = (x: ArrayLike<number>, start: number, w: ArrayLike<number>): number =>
  Array.from(w).reduce((total, c, i) => total + c * at(x, start + i), 0)

/** The energies by their definition, from hidden states and logits. */
const expected = async (options: EnergyNetworkOptions, parameters: Parameters): Promise<readonly number[]> => {
  const inputs = parameterInputs(energyNetwork(options).parameters)
  const logitHead = options.head === 'target-logit' || options.head === 'logsumexp'
  const hidden: Expr =
    logitHead && options.direction === 'causal'
      ? transformer(size).forward(inputs, tokens, keepAll).hidden
      : transformerHidden(size, options.direction)(inputs, tokens)
  const body = Object.fromEntries(Object.entries(parameters).filter(([name]) => !name.startsWith('head.')))
  const x = (await valuesOn(reference, { hidden }, { ...parameterFeeds(body), tokens: rows }))('hidden')
  const table = parameters['embedding.token'] ?? new Float32Array(0)
  const logits = (t: number) =>
    Array.from({ length: size.symbols }, (_, v) =>
      dot(x, t * size.model, table.subarray(v * size.model, (v + 1) * size.model)),
    )
  const start = options.pool === 'all' ? 0 : FROM
  return Array.from({ length: BATCH }, (_, b) => {
    const places = Array.from({ length: TIME - start }, (_unused, i) => b * TIME + start + i)
    const total = (f: (t: number) => number) => places.reduce((all, t) => all + f(t), 0)
    const linear = total(
      (t) => dot(x, t * size.model, parameters['head.weight'] ?? []) + (parameters['head.bias']?.[0] ?? 0),
    )
    if (options.head === 'mean-linear') return linear / places.length
    if (options.head === 'position-sum') return linear
    if (options.head === 'target-logit') return -total((t) => at(logits(t), at(rows, t)))
    return -total((t) => logSumExp(logits(t)))
  })
}

describe('energies', () => {
  for (const direction of directions)
    for (const head of heads)
      for (const pool of ['modelled', 'all'] as const)
        it(`are what the head says: ${direction}, ${head}, ${pool}`, async () => {
          const options: EnergyNetworkOptions = { size, direction, head, pool }
          const parameters = wide(energyNetwork(options).initialise(key(1)))
          expect(
            relative(await energiesOf(options, parameters, rows), await expected(options, parameters)),
          ).toBeLessThan(1e-12)
        })

  it('of a causal network come from all tokens, of linear heads from the last one too', async () => {
    for (const head of heads) {
      const options: EnergyNetworkOptions = { size, direction: 'causal', head }
      const parameters = wide(energyNetwork(options).initialise(key(2)))
      const before = await energiesOf(options, parameters, rows)
      for (const t of [0, TIME - 1]) {
        const changed = rows.map((x, i) => (i === t ? (x + 1) % 5 : x))
        const after = await energiesOf(options, parameters, changed)
        // The normaliser of the last position does not depend on the token there.
        if (head === 'logsumexp' && t === TIME - 1) expect(at(after, 0)).toBe(at(before, 0))
        else expect(at(after, 0)).not.toBe(at(before, 0))
        expect(at(after, 1)).toBe(at(before, 1))
      }
    }
  })

  it('have a gradient in every parameter that they list', async () => {
    for (const direction of directions)
      for (const head of heads) {
        const network = energyNetwork({ size: { ...size, tied: false }, direction, head, pool: 'all' })
        const inputs = parameterInputs(network.parameters)
        const names = Object.keys(network.parameters)
        const total = sum(batch)(network.energy(inputs, tokens, FROM, keepAll))
        const slopes = vjpOf(
          [total],
          [constant(1)],
          names.flatMap((name) => inputs[name] ?? []),
        )
        expect(names.filter((_, i) => slopes[i] === undefined)).toEqual([])
      }
  })
})

describe('where it starts', () => {
  const options: EnergyNetworkOptions = { size, direction: 'bidirectional', head: 'mean-linear' }

  it('from a base model: its weights under the head that the key gives', () => {
    const network = energyNetwork(options)
    const base = transformer(size).initialise(key(3))
    const parameters = network.fromBase(base, key(4))
    expect(Object.keys(parameters)).toEqual(Object.keys(network.parameters))
    for (const [name, data] of Object.entries(base)) expect(parameters[name]).toEqual(data)
    expect(parameters['head.weight']).not.toEqual(network.fromBase(base, key(5))['head.weight'])
    expect(parameters['head.weight']?.some((w) => w !== 0)).toBe(true)
  })

  it('leaves the base model as it is', () => {
    const base = transformer(size).initialise(key(3))
    energyNetwork(options).fromBase(base, key(4))['embedding.token']?.fill(9)
    expect(base).toEqual(transformer(size).initialise(key(3)))
  })

  it('not from a base model of another size', () => {
    const base = transformer({ ...size, symbols: 7, begin: 7 }).initialise(key(3))
    const failure = thrown(() => energyNetwork(options).fromBase(base, key(4)))
    expect(failure?.what).toContain("'embedding.token' has 64 values and the energy network's 48")
  })

  it('lists the output matrix only where a head reads it', () => {
    const names = (head: EnergyHead) =>
      Object.keys(energyNetwork({ ...options, size: { ...size, tied: false }, head }).parameters)
    expect(names('mean-linear')).not.toContain('output.weight')
    expect(names('logsumexp')).toContain('output.weight')
    expect(names('logsumexp')).not.toContain('head.weight')
  })
})

it('refuses a first modelled position outside the row', () => {
  const network = energyNetwork({ size, direction: 'causal', head: 'mean-linear' })
  const inputs = parameterInputs(network.parameters)
  expect(thrown(() => network.energy(inputs, tokens, 6, keepAll))?.what).toBe(
    'the first modelled position is 6, in rows of 6 tokens',
  )
})
