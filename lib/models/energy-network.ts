/**
 * Energy networks for text: a transformer that sees a whole row, causally (UniT) or in both directions (BiT), and a head
 * that turns what it saw into one number (Deng et al. 2020, section 3.2; Bakhtin et al. 2021, section 4).
 *
 * With h_t the hidden state of position t and o_t = W·h_t its logits, over the positions pooled:
 * `mean-linear` E = ⟨w, mean_t h_t⟩ + b; `position-sum` E = Σ_t (⟨w, h_t⟩ + b); `target-logit` E = −Σ_t o_t[x_t];
 * `logsumexp` E = −Σ_t log Σ_v e^{o_t[v]}. A causal network reads x_t before it gives h_t, except for the two heads on
 * logits, where h_t is what a language model predicts x_t from.
 */
import { type Axis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type Tensor, axesOf } from '../expr.ts'
import { type Key, fold } from '../key.ts'
import { requireNames } from '../names.ts'
import { contract } from '../ops/contract.ts'
import { gather } from '../ops/gather.ts'
import { add, negate } from '../ops/pointwise.ts'
import { logSumExp, mean, sum } from '../ops/reduce.ts'
import { slice } from '../ops/slice.ts'
import type { Drop, Named, NamedAxes, Parameters, Tokens } from './autoregressive.ts'
import { type Initials, axesOfInitials, drawParameters, tensorOf } from './parameters.ts'
import { type TransformerSize, outputWeight, transformer, transformerHidden } from './transformer.ts'
import { checkedSize, transformerAxes, transformerInitials } from './transformer-size.ts'

/** The heads by name. */
const energyHeads = ['mean-linear', 'position-sum', 'target-logit', 'logsumexp'] as const

/** How hidden states become an energy. */
export type EnergyHead = (typeof energyHeads)[number]

/** What an energy network is made of. */
export interface EnergyNetworkOptions {
  readonly size: TransformerSize
  readonly direction: 'causal' | 'bidirectional'
  readonly head: EnergyHead
  /** Positions that the head pools: those modelled (from `from` on; the default) or all. */
  readonly pool?: 'modelled' | 'all'
}

/** A network E(x) of rows of tokens; low energies are likely rows. */
export interface EnergyNetwork {
  readonly options: EnergyNetworkOptions
  readonly parameters: NamedAxes
  readonly initialise: (key: Key) => Parameters
  /** The body of a language model of the same size under a fresh head; throws a `Shape` failure where they differ. */
  readonly fromBase: (base: Parameters, key: Key) => Parameters
  /** Energies [batch] in nats; `from` is the first modelled position. */
  readonly energy: (parameters: Named, tokens: Tokens, from: number, drop: Drop) => Tensor<'batch' | '1'>
}

type Hidden = Tensor<'batch' | 'time' | 'model' | '1'>

const isLinear = (head: EnergyHead): boolean => head === 'mean-linear' || head === 'position-sum'

const headInitials = ({ size, head }: EnergyNetworkOptions): Initials =>
  isLinear(head)
    ? { 'head.weight': { axes: [transformerAxes(size).model], deviation: 0.02 }, 'head.bias': { axes: [] } }
    : {}

/** The transformer's parameters that the network reads: not the untied output matrix where no head reads it. */
const ownInitials = (options: EnergyNetworkOptions): Initials => {
  const all = Object.entries(transformerInitials(options.size))
  const body = all.filter(([name]) => name !== 'output.weight' || !isLinear(options.head))
  return { ...Object.fromEntries(body), ...headInitials(options) }
}

const copied = (options: EnergyNetworkOptions, base: Parameters, fresh: Parameters): Parameters => {
  const head = headInitials(options)
  return Object.fromEntries(
    Object.entries(fresh).map(([name, data]) => {
      if (name in head) return [name, data]
      const own = base[name]
      return own?.length === data.length
        ? [name, own.slice()]
        : raise(
            failure(
              'Shape',
              `the base model's parameter '${name}' has ${own?.length ?? 'no'} values and the energy network's ${data.length}`,
              'give the energy network the size of the base model, or initialise it at random',
              { parameter: name },
            ),
          )
    }),
  )
}

/** The positions that the head pools. */
const pooled = ({ pool = 'modelled' }: EnergyNetworkOptions, time: Axis<'time'>, from: number) => {
  const start = pool === 'all' ? 0 : from
  return Number.isInteger(start) && start >= 0 && start < time.size
    ? { start, time: axis('time', time.size - start) }
    : raise(
        failure(
          'Shape',
          `the first modelled position is ${from}, in rows of ${time.size} tokens`,
          `give a whole number from 0 to ${time.size - 1}`,
          { from, time: time.size },
        ),
      )
}

const linear = (parameters: Named, model: Axis<'model'>, x: Hidden): Tensor<'batch' | 'time' | '1'> =>
  add(contract(model)(x, tensorOf(parameters, 'head.weight', model)), tensorOf(parameters, 'head.bias'))

const energy =
  (options: EnergyNetworkOptions): EnergyNetwork['energy'] =>
  (parameters, tokens, from, drop) => {
    const { size, direction, head } = options
    const { model, symbol } = transformerAxes(size)
    const whole = axis('time', findAxis('energy', axesOf(tokens), 'time').size)
    const { start, time } = pooled(options, whole, from)
    const shifted = direction === 'causal' && !isLinear(head)
    const all: Hidden = shifted
      ? transformer(size).forward(parameters, tokens, drop).hidden
      : transformerHidden(size, direction)(parameters, tokens, { drop })
    const hidden: Hidden = slice(whole, start, time.size)(all)
    if (head === 'mean-linear') return mean(time)(linear(parameters, model, hidden))
    if (head === 'position-sum') return sum(time)(linear(parameters, model, hidden))
    const logits = contract(model)(hidden, outputWeight(size, parameters))
    if (head === 'logsumexp') return negate(sum(time)(logSumExp(symbol)(logits)))
    return negate(sum(time)(gather(symbol)(logits, slice(whole, start, time.size)(tokens))))
  }

/**
 * An energy network (UniT or BiT). Its parameters are those of `transformer(size)` — without `output.weight` unless the
 * head reads logits — and for the linear heads `head.weight` [model] and `head.bias`.
 *
 * @example
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const size = { ...parts, positions: 'learned', norm: 'pre', activation: 'gelu' } as const
 * energyNetwork({ size, direction: 'bidirectional', head: 'mean-linear' }).options.head // => 'mean-linear'
 */
export const energyNetwork = (options: EnergyNetworkOptions): EnergyNetwork => {
  checkedSize(options.size)
  requireNames({
    direction: [options.direction, ['causal', 'bidirectional']],
    head: [options.head, energyHeads],
    'pool of positions': [options.pool ?? 'modelled', ['modelled', 'all']],
  })
  const initials = ownInitials(options)
  const initialise = drawParameters(initials)
  return {
    options,
    parameters: axesOfInitials(initials),
    initialise,
    fromBase: (base, key) => copied(options, base, initialise(fold(key, 0))),
    energy: energy(options),
  }
}
