/**
 * The networks of an experiment: the base model, the two energies, and the baselines of the slides.
 *
 * UniT and BiT are as wide as the base and have its layers or fewer; BiT-Base and BiT-Large have 0.6 and 1.75 times those. RALM adds the logits of a
 * second network of the energies' size to the frozen base's (locally normalised); BALM is one language model of about the
 * parameters of base and energy together: the layers of both.
 */
import * as R from 'fp-ts/lib/ReadonlyRecord.js'
import type { Program } from '../../executor.ts'
import type { Autoregressive, NamedAxes } from '../../models/autoregressive.ts'
import { energyNetwork, type EnergyNetwork } from '../../models/energy-network.ts'
import { parameterCount } from '../../models/parameters.ts'
import { ralm } from '../../models/residual-lm.ts'
import { transformer, type TransformerSize } from '../../models/transformer.ts'
import { widthDeviation } from '../../models/transformer-size.ts'
import { rowsWork } from '../work.ts'
import { type EnergyName, type ResidualOptions, rowLength } from './options.ts'

/** The networks by what they are for. */
export interface Networks {
  readonly size: TransformerSize
  /** The bodies of the energies. */
  readonly bodies: Readonly<Record<EnergyName, TransformerSize>>
  readonly base: Autoregressive
  /** The copy of the base that a policy gradient moves: the same network. */
  readonly policy: Autoregressive
  readonly ralm: Autoregressive
  readonly balm: Autoregressive
  readonly energies: Readonly<Record<EnergyName, EnergyNetwork>>
}

/** The base's size for an alphabet; `end` is what begins a row. */
export const baseSize = (options: ResidualOptions, symbols: number, end: number): TransformerSize => {
  const { model, heads, layers, feedForward } = options.network
  return {
    symbols,
    model,
    heads,
    layers,
    feedForward,
    context: rowLength(options),
    begin: end,
    positions: 'learned',
    norm: 'pre',
    activation: 'gelu-tanh',
    tied: true,
    deviation: widthDeviation(model),
  }
}

/** Layers of BiT-Base and BiT-Large for each of BiT-Med: 125 and 355 million parameters beside 203 in the slides. */
const BASE = 125 / 203
const LARGE = 355 / 203

/** All networks of an experiment. */
export const networksOf = (options: ResidualOptions, symbols: number, end: number): Networks => {
  const size = baseSize(options, symbols, end)
  const base = transformer(size)
  const { head, layers = size.layers } = options.energy
  const scaled = (by: number): TransformerSize => ({ ...size, layers: Math.max(1, Math.round(by * layers)) })
  const [small, medium, large] = [scaled(BASE), scaled(1), scaled(LARGE)]
  const bit = (body: TransformerSize): EnergyNetwork => energyNetwork({ size: body, direction: 'bidirectional', head })
  const bodies = {
    ...{ unit: medium, bit: medium, 'bit-base': small, 'bit-large': large },
    ...{ 'bit-star': medium, 'bit-base-star': small, 'bit-large-star': large },
  }
  return {
    size,
    bodies,
    base,
    policy: base,
    ralm: ralm(base, transformer(medium)),
    balm: transformer({ ...size, layers: size.layers + layers }),
    energies: {
      ...R.map(bit)(bodies),
      unit: energyNetwork({ size: medium, direction: 'causal', head }),
    },
  }
}

/** What is timed to choose workers: the base model on rows. */
export const residualWork = (options: ResidualOptions): Program => {
  const { tokenizer } = options
  const symbols = tokenizer.kind === 'bpe' ? tokenizer.symbols : 257
  return rowsWork(transformer(baseSize(options, symbols, symbols - 1)), { batch: 64, time: rowLength(options) })
}

/** The number of parameters. */
export const countParameters = ({ parameters }: { readonly parameters: NamedAxes }): number =>
  parameterCount(parameters)
