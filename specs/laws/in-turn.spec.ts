/**
 * Runtimes hold parameters and caches between calls. Whoever begins two calls together gets from each what it gives alone:
 * every runtime is a row here, with two calls that would disturb one another.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import type { TokenRows } from '../../lib/data/strings.ts'
import type { Failure } from '../../lib/errors.ts'
import { fold, key } from '../../lib/key.ts'
import { energyNetwork } from '../../lib/models/energy-network.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { adam } from '../../lib/optimise/index.ts'
import { reference } from '../../lib/reference.ts'
import { paperOptions } from '../../lib/systems/e-arm/options.ts'
import { eArmTrainer } from '../../lib/systems/e-arm/trainer.ts'
import { translationRuntime } from '../../lib/systems/e-arm/translation-runtime.ts'
import { pairedRows, tokenRows } from '../../lib/systems/e-arm/row-kinds.ts'
import { energyRuntime } from '../../lib/systems/residual/energy-runtime.ts'
import { run } from '../either.ts'
import { smallRuntime, wideParameters } from '../models/enumerate.ts'
import { smallTransformer } from '../models/small-transformer.ts'
import * as reversal from '../systems/e-arm/reversal.ts'

type Call = TaskEither<Failure, unknown>

/** A fresh runtime, as two calls on it that want different answers. */
interface Row {
  readonly name: string
  readonly open: () => Promise<readonly [first: Call, second: Call]>
}

const rows: TokenRows = { tokens: Int32Array.of(0, 1, 2, 2, 1, 0), count: 2, time: 3 }

const lstmSize = { symbols: 3, hidden: 3, layers: 1 }
const [one, other, third] = [wideParameters(lstmSize, 1), wideParameters(lstmSize, 2), wideParameters(lstmSize, 3)]

const model = transformer(smallTransformer)
const [early, late] = [model.initialise(key(1)), model.initialise(key(2))]
const prefix: TokenRows = { ...rows, count: 1, tokens: rows.tokens.subarray(0, 3) }

const language = () => languageRuntime(reference, model, { batch: 4 })

const network = energyNetwork({
  size: {
    ...{ symbols: 3, model: 4, heads: 2, layers: 1, feedForward: 4, context: 3, begin: 3 },
    ...{ positions: 'learned', norm: 'pre', activation: 'gelu-tanh', tied: true, deviation: 0.5 },
  },
  direction: 'bidirectional',
  head: 'position-sum',
})
const headed = (seed: number) => ({ ...network.initialise(key(seed)), 'head.weight': new Float32Array(4).fill(0.3) })

const table = tableModel({ symbols: 3, length: 3 })
const trainer = async () => {
  const options = { ...paperOptions, lambda: 0.2, startEpoch: 0, length: 3 }
  const settings = { options, batch: 4, time: 3, optimiser: adam(0.05), dropout: 0 }
  const made = await run(eArmTrainer(reference, tokenRows(table), settings))
  const prepared = await run(made.prepared('e-arm'))
  await run(prepared.writeState(table.initialise(key(1))))
  return { prepared, sample: made.sample }
}
const energyFeeds = (step: number) => ({
  tokens: Int32Array.from({ length: 12 }, (_, i) => ((i + step) * (i + 3)) % 3),
  key: Uint32Array.from(fold(key(4), step)),
})

const translation = () => translationRuntime(reference, reversal.network, { batch: 4, ...reversal })
const [fresh, moved] = [reversal.start, reversal.network.initialise(key(2))]
const beams = { width: 2, lengthPenalty: 0 }

const translations = async () => {
  const made = await run(eArmTrainer(reference, pairedRows(reversal.network, reversal.end), reversal.settings(0.1)))
  const prepared = await run(made.prepared('e-arm'))
  await run(prepared.writeState(reversal.start))
  return { made, prepared }
}

const runtimes: readonly Row[] = [
  {
    name: 'an LSTM: samples',
    open: async () => {
      const { sample } = smallRuntime(lstmSize, { batch: 4 })
      await run(sample(third, { key: key(3), count: 1, length: 3 }))
      return [sample(one, { key: key(3), count: 9, length: 3 }), sample(other, { key: key(3), count: 9, length: 3 })]
    },
  },
  {
    name: 'an LSTM: scores',
    open: async () => {
      const { score } = smallRuntime(lstmSize, { batch: 1 })
      await run(score(third, rows))
      return [score(one, rows), score(other, rows)]
    },
  },
  {
    name: 'a language model: samples',
    open: async () => {
      const { sample } = language()
      return [sample(early, { key: key(3), count: 9, length: 5 }), sample(late, { key: key(3), count: 9, length: 4 })]
    },
  },
  {
    name: 'a language model: scores of rows and of tokens',
    open: async () => {
      const { score, tokenScores } = language()
      return [score(early, rows), tokenScores(late, rows)]
    },
  },
  {
    name: 'a language model: what comes next, and samples',
    open: async () => {
      const { nextLogits, sample } = language()
      return [nextLogits(early, rows), sample(late, { key: key(3), count: 2, length: 3 })]
    },
  },
  {
    name: 'a language model: beams',
    open: async () => {
      const { beam } = language()
      return [beam(early, { prefix, width: 2, length: 5 }), beam(late, { prefix, width: 2, length: 5 })]
    },
  },
  {
    name: 'an energy',
    open: async () => {
      const { energy } = energyRuntime(reference, network, { batch: 1, time: 3, from: 0 })
      return [energy(headed(1))(rows), energy(headed(2))(rows)]
    },
  },
  {
    name: 'an E-ARM training: updates',
    open: async () => {
      const { prepared } = await trainer()
      return [prepared.run(energyFeeds(0), ['loss']), prepared.run(energyFeeds(1), ['loss'])]
    },
  },
  {
    name: 'an E-ARM training: an update and a sample',
    open: async () => {
      const { prepared, sample } = await trainer()
      return [prepared.run(energyFeeds(0), ['loss']), sample(energyFeeds(5))]
    },
  },
  {
    name: 'translation: scores',
    open: async () => {
      const { score } = translation()
      return [score(fresh, reversal.rows), score(moved, reversal.rows)]
    },
  },
  {
    name: 'translation: hypotheses and words',
    open: async () => {
      const { translate, words } = translation()
      return [translate(fresh, reversal.rows, beams), words(moved, reversal.rows, reversal.rows.target)]
    },
  },
  {
    name: 'a training of translation: updates',
    open: async () => {
      const { prepared } = await translations()
      return [prepared.run(reversal.feeds(0), ['loss']), prepared.run(reversal.feeds(1), ['loss'])]
    },
  },
  {
    name: 'a training of translation: an update and a sample',
    open: async () => {
      const { made, prepared } = await translations()
      return [prepared.run(reversal.feeds(0), ['loss']), made.sample(reversal.feeds(1))]
    },
  },
]

describe('F17: calls that are begun together', { timeout: 60_000 }, () => {
  it.each(runtimes)('give what they give one after the other: $name', async ({ open }) => {
    const [first, second] = await open()
    const together = await Promise.all([run(first), run(second)])
    const [begun, then] = await open()
    const inOrder = [await run(begun), await run(then)]
    expect(together).toEqual(inOrder)
    expect(inOrder[0]).not.toEqual(inOrder[1])
  })
})
