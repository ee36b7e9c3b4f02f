/** What is compared with the reference on every runtime, by the name of its file here. */
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { comparisons as contract } from './contract.ts'
import { comparisons as eArm } from './e-arm.ts'
import { comparisons as execute } from './execute.ts'
import { comparisons as halves } from './halves.ts'
import { comparisons as loss } from './loss.ts'
import { comparisons as nonFinite } from './non-finite.ts'
import { comparisons as operations } from './operations.ts'
import { comparisons as residual } from './residual.ts'
import { comparisons as transformer } from './transformer.ts'

export const programs: Readonly<Record<string, readonly Comparison[]>> = {
  'e-arm': eArm,
  execute,
  'non-finite': nonFinite,
  operations,
  residual,
  transformer,
  contract,
  halves,
  loss,
}
