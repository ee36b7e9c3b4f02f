/** Langevin negatives: the two halves of the transformer, the drift, the law of a chain, one whole update. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { axesOf } from '../../../lib/expr.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { type Autoregressive, keepAll } from '../../../lib/models/autoregressive.ts'
import { parameterInputs, prefixed } from '../../../lib/models/parameters.ts'
import { type EmbeddedModel, embeddedTransformer } from '../../../lib/models/transformer-embedded.ts'
import { tableModel } from '../../../lib/models/table-model.ts'
import { scale, square } from '../../../lib/ops/pointwise.ts'
import { normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { input, inputOf, literal, reorder, rename } from '../../../lib/ops/layout.ts'
import { adam, sgd } from '../../../lib/optimise/index.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { embeddingEnergies, langevinStep } from '../../../lib/systems/e-arm/langevin.ts'
import { tokenRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import { langevinTrainer } from '../../../lib/systems/e-arm/langevin-trainer.ts'
import { endMask } from '../../../lib/systems/e-arm/rows.ts'
import { run } from '../../either.ts'
import { smallTransformer } from '../../models/small-transformer.ts'
import { typed } from '../../../lib/typed.ts'

const size = smallTransformer
const model = embeddedTransformer(size)
const parameters = parameterInputs(model.parameters)
const values = prefixed('parameter/', model.initialise(key(1)))
const tokens = inputOf('i32')('tokens', axis('batch', 3), axis('time', 6))
const feeds = { ...values, tokens: Int32Array.from({ length: 18 }, (_, i) => (i * 7) % 5) }
const mask = endMask(9)(tokens)

describe('a transformer read from embeddings', () => {
  it('forward is the second half after the first, the same expression', () => {
    const whole = model.forward(parameters, tokens, keepAll).logits
    expect(model.fromEmbeddings(parameters, model.embed(parameters, tokens), keepAll) === whole).toBe(true)
  })
})

describe('a Langevin step', () => {
  it('is h − (s²/2)·∂E/∂h + s·noise, with E = −Σ LSE, by central differences', async () => {
    const embedded = model.embed(parameters, tokens)
    const like = typed('batch', 'time', 'model')
    const h = like(input('h', ...axesOf(embedded)))
    const noise = like(input('noise', ...axesOf(embedded)))
    const energy = embeddingEnergies(model, parameters, h, mask)
    const next = langevinStep(model, 0.5)(parameters, h, mask, noise)
    // The energy reads tokens for its mask, and every parameter but the table of positions.
    const held = Object.fromEntries(Object.entries(feeds).filter(([name]) => name !== 'parameter/embedding.position'))
    const start = Float64Array.from(
      (await run(evaluateOn(reference)({ embedded, whole: model.forward(parameters, tokens, keepAll).logits }, feeds)))[
        'embedded'
      ]?.data ?? [],
    )
    const noises = start.map((_, i) => Math.sin(i))
    const energyAt = async (point: Float64Array): Promise<number> => {
      const out = await run(evaluateOn(reference)({ energy }, { ...held, h: point }))
      return Array.from(out['energy']?.data ?? []).reduce((a, b) => a + b, 0)
    }
    const moved = (await run(evaluateOn(reference)({ next }, { ...held, h: start, noise: noises })))['next']?.data ?? []
    for (const i of [0, 7, 50, 99, 143]) {
      const nudged = (by: number) => energyAt(start.map((v, j) => (j === i ? v + by : v)))
      const slope = ((await nudged(1e-5)) - (await nudged(-1e-5))) / 2e-5
      expect(at(moved, i)).toBeCloseTo(at(start, i) - 0.125 * slope + 0.5 * at(noises, i), 7)
    }
  })

  it('samples e^{−E}: on a harmonic energy the chain has its variance (s small, 6 standard errors)', async () => {
    // One symbol with logit −½h²: E = ½h², whose law is N(0, 1). A chain with step s has variance 1/(1 − s²/4).
    const [batch, time, one] = [axis('batch', 1000), axis('time', 1), axis('model', 1)]
    const base: Autoregressive = tableModel({ symbols: 2, length: 1 })
    const harmonic: EmbeddedModel = {
      ...base,
      embed: () => input('h', batch, time, one),
      fromEmbeddings: (_parameters, embeddings) => {
        const squared = reorder(['batch', 'time', 'model'])(scale(-0.5)(square(embeddings)))
        return rename(one, axis('symbol', 1))(squared)
      },
    }
    const ones = literal(new Float64Array(1000).fill(1), batch, time)
    const next = langevinStep(harmonic, 0.5)({}, harmonic.embed({}, tokens), ones, input('noise', batch, time, one))
    let h = new Float64Array(1000)
    for (let i = 0; i < 40; i++) {
      const noise = normals(key(100 + i), 1000)
      h = Float64Array.from((await run(evaluateOn(reference)({ next }, { h, noise })))['next']?.data ?? [])
    }
    const variance = h.reduce((total, v) => total + v * v, 0) / 1000
    expect(Math.abs(variance - 1 / (1 - 0.25 / 4))).toBeLessThan(6 * Math.sqrt(2 / 1000))
  })
})

describe('an update with Langevin negatives', () => {
  const settings = { batch: 3, time: 6, lambda: 0.5, window: 2, steps: 3, stepSize: 0.1 }

  it('is deterministic in its key, moves the parameters, and differs from plain training', async () => {
    const trained = async (optimiser: ReturnType<typeof adam>, lambda: number, seed: number) => {
      const trainer = await run(langevinTrainer(reference, tokenRows(model), { ...settings, lambda, optimiser }))
      await run(trainer.prepared.writeState(model.initialise(key(1))))
      const loss = await run(trainer.update({ tokens: feeds.tokens }, key(seed)))
      const state = await run(trainer.prepared.readState())
      trainer.release()
      return { loss, weights: Array.from(state['embedding.token']?.data ?? []) }
    }
    const [one, same, other, plain] = [
      await trained(sgd(0.1), 0.5, 1),
      await trained(sgd(0.1), 0.5, 1),
      await trained(sgd(0.1), 0.5, 2),
      await trained(sgd(0.1), 0, 1),
    ]
    expect(one).toEqual(same)
    expect(other.weights).not.toEqual(one.weights)
    expect(plain.weights).not.toEqual(one.weights)
    expect(Number.isFinite(plain.loss + one.loss)).toBe(true)
  })
})
