/** An axis is its name: a name never stands for another, nor for any name at all. */
import { type AnyAxis, type Axis, axis, findAxis, sizeOf } from '../../../lib/axis.ts'
import type { AnyTensor, Scalar, Tensor } from '../../../lib/expr.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { b, batch, bt, dynamic, integers, scalar, time } from '../world.ts'

const anAxis = (over: Axis<string>): number => over.size
const timeAxis = (over: Axis<'time'>): number => over.size
const timeOrBatch = (over: Axis<'batch' | 'time'>): number => over.size

anAxis(time)
timeAxis(batch)
timeOrBatch(time)
timeAxis({ name: 'batch', size: 5 })
timeAxis({ name: 'time' })
axis('time')
axis(5, 'time')
axis('time', '5')
findAxis('op', [batch], time)
sizeOf(batch)
time.size = 6
time.name = 'batch'
const renamed: Axis<'batch'> = axis('time', 5)
const nameless: AnyAxis = { size: 5 }

const overTime = (x: Tensor<'time' | '1'>): Scalar => sum(time)(x)

overTime(bt)
overTime(b)
overTime(scalar)
overTime(dynamic)
const missing: Tensor<'batch' | 'time' | '1'> = b
const extra: Tensor<'batch' | '1'> = bt
const forgotten: AnyTensor = bt
const guessed: Tensor<'batch' | '1'> = dynamic
const unitless: Tensor<'batch'> = b
const typed: Tensor<'batch' | '1'> = integers
const notATensor: Tensor<'batch' | '1'> = 3
const anArray: Tensor<'batch' | '1'> = [1, 2, 3, 4]

export { anArray, extra, forgotten, guessed, missing, nameless, notATensor, renamed, typed, unitless }
