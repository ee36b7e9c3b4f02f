/** Laws of autoregressive models: every kind in the library keeps them, and each law sees the bugs that it is for. */
import { describe, expect, it } from 'vitest'
import { axis, findAxis } from '../../lib/axis.ts'
import { axesOf, type Expr } from '../../lib/expr.ts'
import { autoregressiveLaws } from '../../lib/laws/autoregressive.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import type { Autoregressive, TokenLogits, Tokens } from '../../lib/models/autoregressive.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { ralm } from '../../lib/models/residual-lm.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { gatedPixelCnn, pixelCnn } from '../../lib/models/pixelcnn.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { transformerXl } from '../../lib/models/transformer-xl.ts'
import { input } from '../../lib/ops/layout.ts'
import { add, cast, constant, constantOf, multiply, scale } from '../../lib/ops/pointwise.ts'
import { mean, sum } from '../../lib/ops/reduce.ts'
import { reverse } from '../../lib/ops/slice.ts'
import { typed } from '../../lib/typed.ts'
import { smallTransformer } from '../models/small-transformer.ts'
import { keepsLaws } from './kept.ts'

const { positions: _p, norm: _n, activation: _a, tied: _t, ...common } = smallTransformer
const image = { height: 3, width: 2, channels: 1, levels: 3 }
const pixels = { image, encoding: 'scaled', features: 4, layers: 2, window: 3, head: 4 } as const

const models: Readonly<Record<string, Autoregressive>> = {
  'a table that remembers symbols': tableModel({ symbols: 3, length: 4 }),
  'a table that remembers its node': tableModel({ symbols: 3, length: 4, remembers: 'node' }),
  'a transformer': transformer(smallTransformer),
  'a rotary transformer': transformer({ ...smallTransformer, positions: 'rotary', norm: 'post' }),
  'a sum of two': ralm(transformer(smallTransformer), transformer({ ...smallTransformer, layers: 1 })),
  'an LSTM': lstmAutoregressive({ symbols: 4, hidden: 5, layers: 2 }, 6),
  'a Transformer-XL': transformerXl({ ...common, memory: 4 }),
  'a PixelCNN': pixelCnn({ ...pixels, first: 3 }),
  'a Gated PixelCNN': gatedPixelCnn({ ...pixels, first: 5 }),
}

describe('models of the library', () => {
  for (const [name, model] of Object.entries(models)) keepsLaws(autoregressiveLaws({ model, runs: 2 }), `${name}: `)
})

const table = tableModel({ symbols: 3, length: 4 })

const seen = async (wrong: Partial<Autoregressive>): Promise<readonly string[]> =>
  (await complaintsOf(autoregressiveLaws({ model: { ...table, ...wrong }, runs: 3 }))).map(
    (found) => found.split(':')[0] ?? '',
  )

/** The table with other logits in its whole pass; steps stay as they are. */
const forwardWith = (change: (logits: TokenLogits, tokens: Tokens) => TokenLogits): Partial<Autoregressive> => ({
  forward: (parameters, tokens, drop) => {
    const given = table.forward(parameters, tokens, drop)
    return { ...given, logits: change(given.logits, tokens) }
  },
})

const STEPS = 'step by step it has the logits of a whole pass'
const CAUSAL = 'a later token changes no earlier logit, to the bit'
const ROWS = 'rows do not depend on each other'
const PADDING = 'padding changes nothing'
const CACHE = 'cached rows that are not yet written are not read, to the bit'
const sizeIn = (x: Expr, name: string): number => findAxis('a planted bug', axesOf(x), name).size
const timeOf = (x: Expr) => axis('time', sizeIn(x, 'time'))

describe('planted bugs', () => {
  it('a look at the token itself, and at all tokens, break causality', async () => {
    const peek = forwardWith((logits, tokens) => add(logits, scale(0.1)(cast('f32')(tokens))))
    expect(await seen(peek)).toEqual([STEPS, CAUSAL])
    const backwards = forwardWith((logits, tokens) => add(logits, cast('f32')(reverse(timeOf(tokens))(tokens))))
    expect(await seen(backwards)).toEqual([STEPS, CAUSAL, PADDING])
  })

  it('a mean over the batch joins its rows', async () => {
    const joined = forwardWith((logits) => add(logits, mean(axis('batch', sizeIn(logits, 'batch')))(logits)))
    expect(await seen(joined)).toEqual([STEPS, ROWS])
  })

  it('a length that is read as a feature breaks padding', async () => {
    const long = forwardWith((logits) => add(logits, constant(sizeIn(logits, 'time'))))
    expect(await seen(long)).toEqual([STEPS, PADDING])
  })

  it('a step of the wrong position, and one that reads its whole cache, are no steps of the model', async () => {
    const late: Partial<Autoregressive> = {
      step: (parameters, at) =>
        table.step(parameters, { ...at, previous: multiply(at.previous, constantOf('i32', 0)) }),
    }
    expect(await seen(late)).toEqual([STEPS])
    const greedy: Partial<Autoregressive> = {
      step: (parameters, at) => {
        const given = table.step(parameters, at)
        const rows = typed('time', 'batch')(at.appended['symbols'] ?? input('none'))
        return { ...given, logits: add(given.logits, sum(timeOf(rows))(rows)) }
      },
    }
    expect(await seen(greedy)).toEqual([STEPS, CACHE])
  })
})
