/**
 * How the tile kernels of an LSTM language model are dispatched: what fits into an adapter's workgroups, and their calls.
 */
import { field } from '../at.ts'
import { type AnyAxis, findAxis } from '../axis.ts'
import type { Capabilities, KernelCall } from '../expr.ts'
import { sizesOf } from './lstm-model.ts'

/** How the tile kernels (`shaders/lstm_tile.wgsl`) run a model on an adapter. */
interface TileShape {
  readonly rows: 4 | 8 | 16
  readonly subgroups: boolean
  readonly overrides: Readonly<Record<string, number>>
  readonly params: Readonly<Record<string, number>>
  readonly stateBytes: number
  readonly packedBytes: number
  readonly pack: KernelCall
}

/** Few rows a tile keep many workgroups busy on a GPU; many rows share each load of a weight on a processor. */
const tileRows = (batch: number, on: Capabilities): readonly (4 | 8 | 16)[] =>
  on.software || batch > 8192 ? [16, 8, 4] : batch > 2048 ? [8, 4] : [4]

/** The widest tile that fits into workgroup memory; undefined when none does (the definition is used then). */
export const tileShape = (
  weights: readonly AnyAxis[],
  output: readonly AnyAxis[],
  [batch, time]: readonly [AnyAxis, AnyAxis],
  on: Capabilities,
): TileShape | undefined => {
  const {
    hidden: { size: hidden },
    symbol: { size: vocabulary },
    depth: layers,
  } = sizesOf(weights, output)
  if (hidden === 0 || vocabulary === 0 || layers === 0) return undefined
  const quantum = on.software ? 8 : 32
  const LANES = Math.min(256, quantum * Math.ceil(Math.max(hidden, 16) / quantum))
  const fast = on.software && on.subgroups && on.subgroupSize >= 8
  // Whole multiples of 256, so that models of similar sizes share a compiled kernel.
  const scratch = (rows: number, subgroups: boolean) =>
    256 * Math.ceil(Math.max(subgroups ? 0 : hidden * rows, vocabulary * rows, LANES) / 256)
  const fits = (rows: number, subgroups: boolean) =>
    4 * (scratch(rows, subgroups) + rows) + 64 <= on.maxWorkgroupStorage
  const subgroups = fast && fits(16, true)
  const rows = subgroups ? 16 : tileRows(batch.size, on).find((r) => fits(r, false))
  if (rows === undefined) return undefined
  const total = findAxis('lstm', weights, 'row').size
  const packedBytes = 16 * total * hidden
  return {
    rows,
    subgroups,
    overrides: { LANES, SCRATCH: scratch(rows, subgroups) },
    params: { batch: batch.size, time: time.size, hidden, layers, vocabulary, first_row: 0 },
    stateBytes: 4 * Math.ceil(batch.size / rows) * rows * layers * 3 * hidden,
    packedBytes,
    pack: {
      shader: 'lstm_pack',
      preludes: [],
      overrides: {},
      params: { rows: total, hidden, at: 0 },
      workgroups: Math.ceil((total * hidden) / 256),
      buffers: [{ in: 0 }, { scratch: 'packed', bytes: packedBytes }],
    },
  }
}

/** One dispatch of a tile kernel over the whole batch. */
export const tileCall = (
  name: 'lstm_sample' | 'lstm_score',
  extra: readonly string[],
  shape: TileShape,
  params: Readonly<Record<string, number>>,
  buffers: KernelCall['buffers'],
): KernelCall => ({
  shader: shape.subgroups ? `${name}_subgroup` : name,
  preludes: shape.subgroups
    ? ['lstm_gates_subgroup', `lstm_rows_${shape.rows}`, 'pointwise', ...extra, 'lstm_tile', 'lstm_draw']
    : [`lstm_rows_${shape.rows}`, 'pointwise', ...extra, 'lstm_gates', 'lstm_tile', 'lstm_draw'],
  overrides: shape.overrides,
  params,
  workgroups: Math.ceil(field(params, 'batch') / shape.rows),
  buffers: [{ scratch: 'packed', bytes: shape.packedBytes }, ...buffers, { scratch: 'state', bytes: shape.stateBytes }],
})
