/** The language runtime on ONNX Runtime and on WebGPU: the tokens of the reference, key by key. */
import { describe } from 'vitest'
import { openOnnx } from '../../lib/onnx.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { right } from '../either.ts'
import { agreesOn } from '../webgpu/compare.ts'
import { tokenComparisons } from './same-tokens.ts'

const onnx = right(await openOnnx()())

describe('on ONNX Runtime', () => agreesOn(() => onnx, tokenComparisons))

await describeOnDevice('on WebGPU', (device) => agreesOn(() => webGpuExecutor()(device), tokenComparisons))
