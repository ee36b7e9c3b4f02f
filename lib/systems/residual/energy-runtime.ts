/**
 * Energies of rows on an executor: one program of a fixed batch, its parameters uploaded once, the last batch filled up.
 */
import { field } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect, inTurn, need } from '../../effect.ts'
import { checkedEnergies } from '../../energy/index.ts'
import type { Executor, Prepared } from '../../executor.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { EnergyNetwork } from '../../models/energy-network.ts'
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

/** Opens a runtime. */
export const energyRuntime = (executor: Executor, network: EnergyNetwork, shape: EnergyShape): EnergyRuntime => {
  let ready: Prepared | undefined
  let holds: Parameters | undefined
  const { batch, time, from } = shape
  const turn = inTurn()
  return {
    network,
    energy: (parameters) => (rows: TokenRows) =>
      turn(
        effect(async (run) => {
          ready ??= await run(executor.prepare(energyProgram(network, shape, from)))
          if (holds !== parameters) await run(ready.writeState(ownOf(network, parameters)))
          holds = parameters
          const energies = new Float64Array(rows.count)
          for (let start = 0; start < rows.count; start += batch) {
            const here = Math.min(batch, rows.count - start)
            const tokens = new Int32Array(batch * time)
            tokens.set(rows.tokens.subarray(start * time, (start + here) * time))
            const out = await run(ready.run({ tokens }))
            energies.set(field(out, 'energies').data.subarray(0, here), start)
          }
          return need(checkedEnergies((i) => `the energy of row ${i}`)(energies))
        }),
      ),
    release: () => {
      ready?.release()
      ready = undefined
      holds = undefined
    },
  }
}
