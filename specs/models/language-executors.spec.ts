/** The language runtime on ONNX Runtime and on WebGPU: the tokens of the reference, key by key. */
import { describe } from 'vitest'
import { openOnnx } from '../../lib/onnx.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { right } from '../onnx/agreement.ts'
import { sameTokens } from './same-tokens.ts'

const onnx = right(await openOnnx()())

describe('on ONNX Runtime', () => sameTokens(() => onnx))

await describeOnDevice('on WebGPU', (device) => sameTokens(() => webGpuExecutor()(device)))
