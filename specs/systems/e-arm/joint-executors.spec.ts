/** E1 to E18 and E22 by enumeration on every executor: the reference in f64, ONNX Runtime and WebGPU in f32. */
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../../lib/executor.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { reference } from '../../../lib/reference.ts'
import { webGpuExecutor } from '../../../lib/webgpu.ts'
import { describeOnDevice } from '../../adapter.ts'
import { right } from '../../either.ts'
import { F32, F64 } from './checks.ts'
import { estimatorChecks } from './estimator-checks.ts'
import { gradientChecks } from './gradient-checks.ts'
import { jointChecks } from './joint-checks.ts'

const checks = [...jointChecks, ...gradientChecks, ...estimatorChecks]

const holds = (executor: () => Executor, within: number): void => {
  for (const { title, deviation } of checks)
    it(title, { timeout: 60_000 }, async () => expect(await deviation(executor())).toBeLessThan(within))
}

describe('on the reference', () => holds(() => reference, F64))

const onnx = right(await openOnnx({ threads: 1 })())
describe('on ONNX Runtime', () => holds(() => onnx, F32))

await describeOnDevice('on WebGPU', (device) => holds(() => webGpuExecutor()(device), F32))
