/** R3, R4, R6, R8 and R20 on every executor: the reference in f64, ONNX Runtime and WebGPU in f32. */
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../../lib/executor.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { reference } from '../../../lib/reference.ts'
import { webGpuExecutor } from '../../../lib/webgpu.ts'
import { describeOnDevice } from '../../adapter.ts'
import { right } from '../../either.ts'
import { F32, F64, objectiveChecks } from './objective-checks.ts'

const holds = (executor: () => Executor, within: number): void => {
  for (const { title, deviation } of objectiveChecks)
    it(title, { timeout: 60_000 }, async () => expect(await deviation(executor())).toBeLessThan(within))
}

describe('on the reference', () => holds(() => reference, F64))

const onnx = right(await openOnnx({ threads: 1 })())
describe('on ONNX Runtime', () => holds(() => onnx, F32))

await describeOnDevice('on WebGPU', (device) => holds(() => webGpuExecutor()(device), F32))
