/** Gradients are of scalars and have the axes of what they are taken for; a scan keeps the types of its carries. */
import type { Tensor } from '../../../lib/expr.ts'
import { gradient, hessianVector, jvp } from '../../../lib/grad.ts'
import { add, multiply } from '../../../lib/ops/pointwise.ts'
import { categorical } from '../../../lib/ops/categorical.ts'
import { dropout, foldKey, gumbel, normal, uniform } from '../../../lib/ops/random.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { scan, scanReverse } from '../../../lib/ops/scan.ts'
import { b, batch, bt, hidden, integers, randomness, scalar, t, time, vocabulary, words } from '../world.ts'

const loss = sum(batch)(multiply(b, b))

// @ts-expect-error TS2345
gradient(b, { b })
// @ts-expect-error TS2345
gradient(integers, { b })
// @ts-expect-error TS2322
gradient(loss, { integers })
// @ts-expect-error TS2345
gradient(loss, b)
// @ts-expect-error TS2339
gradient(loss, { b }).t
// @ts-expect-error TS2554
gradient(loss)
// @ts-expect-error TS2345
hessianVector(loss, b, t)
// @ts-expect-error TS2345
hessianVector(b, b, b)
// @ts-expect-error TS2345
jvp(b, t, b, b)
// @ts-expect-error TS2345
jvp(b, t, t, t)

// @ts-expect-error TS2322
const wrongAxes: Tensor<'time' | '1'> = gradient(loss, { b }).b

// @ts-expect-error TS2322
scan(time)({ total: scalar }, { bt }, ({ total }) => ({ carry: { total: t }, out: { total } }))
// @ts-expect-error TS2353
scan(time)({ total: scalar }, { bt }, ({ total }) => ({ carry: { sum: total }, out: { total } }))
// @ts-expect-error TS2741
scan(time)({ total: scalar }, { bt }, ({ total }) => ({ carry: { total } }))
// @ts-expect-error TS2322
scan(time)({ total: scalar }, { b }, ({ total }) => ({ carry: { total }, out: { total } }))
// @ts-expect-error TS2339
scan(time)({ total: scalar }, { bt }, ({ wrong }) => ({ carry: { total: wrong }, out: {} }))
// @ts-expect-error TS2339
scanReverse(time)({ total: b }, { bt }, ({ total }, { t: x }) => ({ carry: { total: add(total, x) }, out: {} }))

// @ts-expect-error TS2345
uniform(7)(batch)
// @ts-expect-error TS2345
uniform(randomness)('batch')
// @ts-expect-error TS2345
uniform(batch)(randomness)
// @ts-expect-error TS2345
normal(words)(batch)
// @ts-expect-error TS2345
gumbel(randomness)(4)
// @ts-expect-error TS2345
foldKey(randomness)
// @ts-expect-error TS2345
foldKey(0)(words)
// @ts-expect-error TS2345
categorical(vocabulary)(randomness, batch)(b)
// @ts-expect-error TS2554
dropout(randomness)(batch)(b)
// @ts-expect-error TS2345
dropout(randomness, 0.5)(hidden)(b)

// @ts-expect-error TS2322
const drawn: Tensor<'batch' | '1'> = categorical(time)(randomness)(bt)

export { drawn, wrongAxes }
