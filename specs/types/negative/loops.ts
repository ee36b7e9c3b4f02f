/** Gradients are of scalars and have the axes of what they are taken for; a scan keeps the types of its carries. */
import type { Tensor } from '../../../lib/expr.ts'
import { gradient, hessianVector, jvp } from '../../../lib/grad.ts'
import { add, multiply } from '../../../lib/ops/pointwise.ts'
import { categorical, dropout, foldKey, gumbel, normal, uniform } from '../../../lib/ops/random.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { scan, scanReverse } from '../../../lib/ops/scan.ts'
import { b, batch, bt, hidden, integers, randomness, scalar, t, time, vocabulary, words } from '../world.ts'

const loss = sum(batch)(multiply(b, b))

gradient(b, { b })
gradient(integers, { b })
gradient(loss, { integers })
gradient(loss, b)
gradient(loss, { b }).t
gradient(loss)
hessianVector(loss, b, t)
hessianVector(b, b, b)
jvp(b, t, b, b)
jvp(b, t, t, t)

const wrongAxes: Tensor<'time' | '1'> = gradient(loss, { b }).b

scan(time)({ total: scalar }, { bt }, ({ total }) => ({ carry: { total: t }, out: { total } }))
scan(time)({ total: scalar }, { bt }, ({ total }) => ({ carry: { sum: total }, out: { total } }))
scan(time)({ total: scalar }, { bt }, ({ total }) => ({ carry: { total } }))
scan(time)({ total: scalar }, { b }, ({ total }) => ({ carry: { total }, out: { total } }))
scan(time)({ total: scalar }, { bt }, ({ wrong }) => ({ carry: { total: wrong }, out: {} }))
scanReverse(time)({ total: b }, { bt }, ({ total }, { t: x }) => ({ carry: { total: add(total, x) }, out: {} }))

uniform(7)(batch)
uniform(randomness)('batch')
uniform(batch)(randomness)
normal(words)(batch)
gumbel(randomness)(4)
foldKey(randomness)
foldKey(0)(words)
categorical(vocabulary)(randomness, batch)(b)
dropout(randomness)(batch)(b)
dropout(randomness, 0.5)(hidden)(b)

const drawn: Tensor<'batch' | '1'> = categorical(time)(randomness)(bt)

export { drawn, wrongAxes }
