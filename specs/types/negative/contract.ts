/** A contraction needs its axis in both operands. */
import type { Tensor } from '../../../lib/expr.ts'
import { contract, contractLog, contractMaxPlus, contractOver } from '../../../lib/ops/contract.ts'
import { b, batch, bh, bt, bthv, hidden, hv, integers, scalar, t, time, vocabulary } from '../world.ts'

contract(hidden)(bh, bt)
contract(hidden)(bt, hv)
contract(time)(bh, hv)
contract(hidden)(bh)
contract(hidden)(bh, hv, hv)
contract('hidden')(bh, hv)
contract(batch)(integers, integers)
contract(batch)(b, integers)
contract(hidden)(scalar, hv)
contractLog(vocabulary)(bh, hv)
contractMaxPlus(hidden)(bh, t)
contractOver(hidden, vocabulary)(bh, hv)
contractOver(time)(bthv, hv)

const notSummed: Tensor<'batch' | 'hidden' | 'vocabulary' | '1'> = contract(hidden)(bh, hv)
const summedTwice: Tensor<'batch' | '1'> = contract(hidden)(bh, hv)
const lostBatch: Tensor<'vocabulary' | '1'> = contract(hidden)(bh, hv)

contract(hidden)(contract(hidden)(bh, hv), hv)
contract(hidden, bh, hv)

export { lostBatch, notSummed, summedTwice }
