/** An axis is its name: a name never stands for another, nor for any name at all. */
import { type AnyAxis, type Axis, axis, findAxis, sizeOf } from '../../../lib/axis.ts'
import type { AnyTensor, Scalar, Tensor } from '../../../lib/expr.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { b, batch, bt, dynamic, integers, scalar, time } from '../world.ts'

const anAxis = (over: Axis<string>): number => over.size
const timeAxis = (over: Axis<'time'>): number => over.size
const timeOrBatch = (over: Axis<'batch' | 'time'>): number => over.size

// @ts-expect-error TS2345
anAxis(time)
// @ts-expect-error TS2345
timeAxis(batch)
// @ts-expect-error TS2345
timeOrBatch(time)
// @ts-expect-error TS2322
timeAxis({ name: 'batch', size: 5 })
// @ts-expect-error TS2345
timeAxis({ name: 'time' })
// @ts-expect-error TS2554
axis('time')
// @ts-expect-error TS2345
axis(5, 'time')
// @ts-expect-error TS2345
axis('time', '5')
// @ts-expect-error TS2345
findAxis('op', [batch], time)
// @ts-expect-error TS2345
sizeOf(batch)
// @ts-expect-error TS2540
time.size = 6
// @ts-expect-error TS2540
time.name = 'batch'
// @ts-expect-error TS2322
const renamed: Axis<'batch'> = axis('time', 5)
// @ts-expect-error TS2741
const nameless: AnyAxis = { size: 5 }

const overTime = (x: Tensor<'time' | '1'>): Scalar => sum(time)(x)

// @ts-expect-error TS2345
overTime(bt)
// @ts-expect-error TS2345
overTime(b)
// @ts-expect-error TS2345
overTime(scalar)
// @ts-expect-error TS2345
overTime(dynamic)
// @ts-expect-error TS2322
const missing: Tensor<'batch' | 'time' | '1'> = b
// @ts-expect-error TS2322
const extra: Tensor<'batch' | '1'> = bt
// @ts-expect-error TS2322
const forgotten: AnyTensor = bt
// @ts-expect-error TS2322
const guessed: Tensor<'batch' | '1'> = dynamic
// @ts-expect-error TS2322
const unitless: Tensor<'batch'> = b
// @ts-expect-error TS2322
const typed: Tensor<'batch' | '1'> = integers
// @ts-expect-error TS2322
const notATensor: Tensor<'batch' | '1'> = 3
// @ts-expect-error TS2740
const anArray: Tensor<'batch' | '1'> = [1, 2, 3, 4]

export { anArray, extra, forgotten, guessed, missing, nameless, notATensor, renamed, typed, unitless }
