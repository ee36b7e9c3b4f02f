/** The test of the tests: `expectType` rejects what is only nearly the same. */
import type { Unit } from '../../../lib/axis.ts'
import type { AnyTensor, Scalar, Tensor } from '../../../lib/expr.ts'
import { sum } from '../../../lib/ops/reduce.ts'
import { expectType } from '../expect-type.ts'
import { b, bt, integers, time } from '../world.ts'

// @ts-expect-error TS2345
expectType<Scalar>()(b, 'same')
// @ts-expect-error TS2345
expectType<Tensor<'batch' | 'time' | Unit>>()(sum(time)(bt), 'same')
// @ts-expect-error TS2345
expectType<Tensor<'batch' | Unit>>()(integers, 'same')
// @ts-expect-error TS2345
expectType<AnyTensor>()(b, 'same')
