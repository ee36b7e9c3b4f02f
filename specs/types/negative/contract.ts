/** A contraction needs its axis in both operands. */
import type { Tensor } from '../../../lib/expr.ts'
import { contract, contractLog, contractMaxPlus, contractOver } from '../../../lib/ops/contract.ts'
import { b, batch, bh, bt, bthv, hidden, hv, integers, scalar, t, time, vocabulary } from '../world.ts'

// @ts-expect-error TS2345
contract(hidden)(bh, bt)
// @ts-expect-error TS2345
contract(hidden)(bt, hv)
// @ts-expect-error TS2345
contract(time)(bh, hv)
// @ts-expect-error TS2554
contract(hidden)(bh)
// @ts-expect-error TS2554
contract(hidden)(bh, hv, hv)
// @ts-expect-error TS2345
contract('hidden')(bh, hv)
// @ts-expect-error TS2345
contract(batch)(integers, integers)
// @ts-expect-error TS2345
contract(batch)(b, integers)
// @ts-expect-error TS2345
contract(hidden)(scalar, hv)
// @ts-expect-error TS2345
contractLog(vocabulary)(bh, hv)
// @ts-expect-error TS2345
contractMaxPlus(hidden)(bh, t)
// @ts-expect-error TS2345
contractOver(hidden, vocabulary)(bh, hv)
// @ts-expect-error TS2345
contractOver(time)(bthv, hv)

// @ts-expect-error TS2322
const notSummed: Tensor<'batch' | 'hidden' | 'vocabulary' | '1'> = contract(hidden)(bh, hv)
// @ts-expect-error TS2322
const summedTwice: Tensor<'batch' | '1'> = contract(hidden)(bh, hv)
// @ts-expect-error TS2322
const lostBatch: Tensor<'vocabulary' | '1'> = contract(hidden)(bh, hv)

// @ts-expect-error TS2345
contract(hidden)(contract(hidden)(bh, hv), hv)
// @ts-expect-error TS2554
contract(hidden, bh, hv)

export { lostBatch, notSummed, summedTwice }
