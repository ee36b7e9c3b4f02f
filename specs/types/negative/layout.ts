/** Renaming, slicing, joining, gathering: the axes before and after are both in the type. */
import type { Scalar, Tensor } from '../../../lib/expr.ts'
import { gather, oneHot, scatterAdd } from '../../../lib/ops/gather.ts'
import { concat, input, inputOf, iota, literal, literalIntegers, merge, pad, rename, reverse, select, slice, split, stack } from '../../../lib/ops/layout.ts'
import { b, batch, bt, flags, hidden, hv, integers, t, time, vocabulary, words } from '../world.ts'

rename(time, hidden)(b)
rename(batch, 'hidden')(b)
slice(time, 0, 2)(b)
slice(batch, 0)(b)
slice(batch, '0', 2)(b)
pad(time, 1, 1)(b)
select(time, 0)(b)
select(batch)(b)
reverse(time)(b)
concat(time)(b, b)
concat(batch)(b, integers)
concat(batch)([b, b])
stack(hidden)(b, t)
stack(hidden)(b, flags)
split(time, hidden, vocabulary)(b)
split(batch, hidden)(b)
merge(batch, time, hidden)(b)
input(batch)
inputOf('f64')('x', batch)
literal([1, 2, 3, 4], batch)
literal(new Int32Array(4), batch)
literalIntegers(new Float32Array(4), batch)
iota('batch')
gather(vocabulary)(b, integers)
gather(hidden)(hv, b)
gather(hidden)(hv, words)
oneHot(vocabulary)(b)
scatterAdd(vocabulary, time)(b, integers)
scatterAdd(vocabulary, batch)(b, b)

const oldName: Tensor<'batch' | '1'> = rename(batch, hidden)(b)
const selected: Tensor<'batch' | 'time' | '1'> = select(time, 0)(bt)
const sliced: Scalar = slice(batch, 0, 1)(b)
const stacked: Tensor<'batch' | '1'> = stack(hidden)(b, b)
const merged: Tensor<'batch' | 'time' | '1'> = merge(batch, time, hidden)(bt)
const counted: Tensor<'batch' | '1'> = iota(batch)
const picked: Tensor<'hidden' | '1'> = gather(hidden)(hv, integers)

export { counted, merged, oldName, picked, selected, sliced, stacked }
