/** Renaming, slicing, joining, gathering: the axes before and after are both in the type. */
import type { Scalar, Tensor } from '../../../lib/expr.ts'
import { gather, oneHot, scatterAdd } from '../../../lib/ops/gather.ts'
import { input, inputOf, iota, literal, literalIntegers, merge, rename, split } from '../../../lib/ops/layout.ts'
import { pad, reverse, select, slice } from '../../../lib/ops/slice.ts'
import { concat, stack } from '../../../lib/ops/join.ts'
import { b, batch, bt, flags, hidden, hv, integers, t, time, vocabulary, words } from '../world.ts'

// @ts-expect-error TS2345
rename(time, hidden)(b)
// @ts-expect-error TS2345
rename(batch, 'hidden')(b)
// @ts-expect-error TS2345
slice(time, 0, 2)(b)
// @ts-expect-error TS2554
slice(batch, 0)(b)
// @ts-expect-error TS2345
slice(batch, '0', 2)(b)
// @ts-expect-error TS2345
pad(time, 1, 1)(b)
// @ts-expect-error TS2345
select(time, 0)(b)
// @ts-expect-error TS2554
select(batch)(b)
// @ts-expect-error TS2345
reverse(time)(b)
// @ts-expect-error TS2345
concat(time)(b, b)
// @ts-expect-error TS2345
concat(batch)(b, integers)
// @ts-expect-error TS2345
concat(batch)([b, b])
// @ts-expect-error TS2345
stack(hidden)(b, t)
// @ts-expect-error TS2345
stack(hidden)(b, flags)
// @ts-expect-error TS2345
split(time, hidden, vocabulary)(b)
// @ts-expect-error TS2554
split(batch, hidden)(b)
// @ts-expect-error TS2345
merge(batch, time, hidden)(b)
// @ts-expect-error TS2345
input(batch)
// @ts-expect-error TS2345
inputOf('f64')('x', batch)
// @ts-expect-error TS2345
literal([1, 2, 3, 4], batch)
// @ts-expect-error TS2345
literal(new Int32Array(4), batch)
// @ts-expect-error TS2345
literalIntegers(new Float32Array(4), batch)
// @ts-expect-error TS2345
iota('batch')
// @ts-expect-error TS2345
gather(vocabulary)(b, integers)
// @ts-expect-error TS2345
gather(hidden)(hv, b)
// @ts-expect-error TS2345
gather(hidden)(hv, words)
// @ts-expect-error TS2345
oneHot(vocabulary)(b)
// @ts-expect-error TS2345
scatterAdd(vocabulary, time)(b, integers)
// @ts-expect-error TS2345
scatterAdd(vocabulary, batch)(b, b)

// @ts-expect-error TS2322
const oldName: Tensor<'batch' | '1'> = rename(batch, hidden)(b)
// @ts-expect-error TS2322
const selected: Tensor<'batch' | 'time' | '1'> = select(time, 0)(bt)
// @ts-expect-error TS2322
const sliced: Scalar = slice(batch, 0, 1)(b)
// @ts-expect-error TS2322
const stacked: Tensor<'batch' | '1'> = stack(hidden)(b, b)
// @ts-expect-error TS2322
const merged: Tensor<'batch' | 'time' | '1'> = merge(batch, time, hidden)(bt)
// @ts-expect-error TS2322
const counted: Tensor<'batch' | '1'> = iota(batch)
// @ts-expect-error TS2322
const picked: Tensor<'hidden' | '1'> = gather(hidden)(hv, integers)

export { counted, merged, oldName, picked, selected, sliced, stacked }
