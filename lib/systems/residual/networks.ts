/**
 * The networks of an experiment: the base model, the two energies, and the baselines of the slides.
 *
 * UniT and BiT are as wide as the base and have its layers or fewer (as BiT-Base in the slides). RALM adds the logits of a
 * second network of the energies' size to the frozen base's (locally normalised); BALM is one language model of about the
 * parameters of base and energy together: the layers of both.
 */
import type { Program } from '../../executor.ts'
import type { Autoregressive, NamedAxes } from '../../models/autoregressive.ts'
import { energyNetwork, type EnergyNetwork } from '../../models/energy-network.ts'
import { parameterCount } from '../../models/parameters.ts'
import { ralm } from '../../models/residual-lm.ts'
import { transformer, type TransformerSize } from '../../models/transformer.ts'
import { widthDeviation } from '../../models/transformer-size.ts'
import { rowsWork } from '../work.ts'
import type { ResidualOptions } from './options.ts'
import { rowLength } from './options.ts'

/** The names of the energies: causal and bidirectional. */
export type EnergyName = 'unit' | 'bit'

/** The networks by what they are for. */
export interface Networks {
  readonly size: TransformerSize
  /** The body of the energies. */
  readonly energySize: TransformerSize
  readonly base: Autoregressive
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

/** All networks of an experiment. */
export const networksOf = (options: ResidualOptions, symbols: number, end: number): Networks => {
  const size = baseSize(options, symbols, end)
  const base = transformer(size)
  const { head, layers = size.layers } = options.energy
  const energySize = { ...size, layers }
  return {
    size,
    energySize,
    base,
    ralm: ralm(base, transformer(energySize)),
    balm: transformer({ ...size, layers: size.layers + layers }),
    energies: {
      unit: energyNetwork({ size: energySize, direction: 'causal', head }),
      bit: energyNetwork({ size: energySize, direction: 'bidirectional', head }),
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
