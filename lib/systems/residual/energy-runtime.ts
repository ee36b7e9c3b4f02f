/**
 * Energies of rows on an executor: one program of a fixed batch, its parameters uploaded once, the last batch filled up.
 */
import { field } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, inTurn, need } from '../../effect.ts'
import { checkedEnergies } from '../../energy/gate.ts'
import type { Executor, Prepared } from '../../executor.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { EnergyNetwork } from '../../models/energy-network.ts'
import { requireBatch } from '../../models/row-checks.ts'
import { byExecutor, crewOf, eachShard, lanesOf, mapLanes, startsOf } from '../../scale/shards.ts'
import { sharedFor } from '../../scale/shared.ts'
import { energyProgram } from './programs.ts'
import type { RowEnergy } from './sequence.ts'

/** Rows of a batch, their length, and the first modelled position. */
export interface EnergyShape {
  readonly batch: number
  readonly time: number
  readonly from: number
}

/** An energy network on an executor. Nothing is compiled before it is needed; calls run one after the other. */
export interface EnergyRuntime {
  readonly network: EnergyNetwork
  /** The energies with given parameters: E(x) of whole rows, in nats; `NonFinite` names the row of a NaN or −∞. */
  readonly energy: (parameters: Parameters) => RowEnergy
  readonly release: () => void
}

/** The parameters of the network itself: a training may hold others beside them, as a log-normaliser. */
const ownOf = (network: EnergyNetwork, parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).filter(([name]) => name in network.parameters))

/** The program on one executor, and the energies of rows by it. */
const energiesOn = (executor: Executor, network: EnergyNetwork, shape: EnergyShape) => {
  let ready: Prepared | undefined
  let holds: Parameters | undefined
  return {
    of: (parameters: Parameters, tokens: Int32Array) =>
      effect(async (run) => {
        ready ??= await run(executor.prepare(energyProgram(network, shape, shape.from)))
        if (holds !== parameters) await run(ready.writeState(ownOf(network, parameters)))
        holds = parameters
        return field(await run(ready.run({ tokens })), 'energies').data
      }),
    release: () => {
      ready?.release()
      ready = undefined
      holds = undefined
    },
  }
}

/**
 * Opens a runtime. Batches go to the executor's lanes.
 *
 * @example
 * import { energyNetwork, key, reference } from 'exptilt'
 * const [parts, shape] = [{ symbols: 5, model: 8, heads: 2, layers: 1 }, { batch: 2, time: 4, from: 1 }]
 * const rest = { feedForward: 16, context: 6, begin: 0, tied: true } as const
 * const size = { ...parts, ...rest, positions: 'learned', norm: 'pre', activation: 'gelu' } as const
 * const network = energyNetwork({ size, direction: 'bidirectional', head: 'mean-linear' })
 * const energy = energyRuntime(reference, network, shape).energy(network.initialise(key(1)))
 * const found = await energy({ tokens: Int32Array.of(0, 1, 2, 3), count: 1, time: 4 })()
 * found._tag // => 'Right'
 */
export const energyRuntime = (executor: Executor, network: EnergyNetwork, shape: EnergyShape): EnergyRuntime => {
  requireBatch(shape.batch)
  const programs = byExecutor((on) => energiesOn(on, network, shape))
  const lanes = crewOf(mapLanes(programs.of)(lanesOf(executor)))
  const { batch, time } = shape
  const turn = inTurn()
  const spread: typeof turn = executor.lanes === undefined ? turn : (task) => task
  return {
    network,
    energy: (parameters) => (rows: TokenRows) =>
      spread(
        effect(async (run) => {
          const given = sharedFor(executor, parameters)
          const energies = new Float64Array(rows.count)
          const energiesFrom = eachShard({ lanes })((at, start: number) => {
            const tokens = new Int32Array(batch * time)
            tokens.set(rows.tokens.subarray(start * time, Math.min(rows.count, start + batch) * time))
            return at.of(given, tokens)
          })
          await run(
            energiesFrom(startsOf(rows.count, batch), (found, i) => {
              energies.set(found.subarray(0, Math.min(batch, rows.count - i * batch)), i * batch)
            }),
          )
          return need(checkedEnergies((i) => `the energy of row ${i}`)(energies))
        }),
      ),
    release: () => {
      for (const { release } of programs.all()) release()
    },
  }
}
