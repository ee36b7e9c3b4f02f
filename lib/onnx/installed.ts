/** ONNX Runtime and the protobuf library by their package names, for Node; `installed-web.ts` is its place in browsers. */
import { availableParallelism } from 'node:os'
import type { OnnxSource } from './runtime.ts'

/** The libraries that are installed. */
export const installed: OnnxSource = {
  name: 'onnxruntime-node',
  target: 'CPU',
  threads: availableParallelism,
  runtime: () => import('onnxruntime-node'),
  protobuf: async () => {
    const loaded = await import('protobufjs/light.js')
    return loaded.default
  },
  keep: async (cache, about) => {
    const { keptPrograms } = await import('./kept.ts')
    return keptPrograms(cache, about)
  },
}
