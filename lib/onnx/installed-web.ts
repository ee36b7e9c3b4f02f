/**
 * ONNX Runtime as WebAssembly: what bundlers for browsers put in the place of `installed.ts` (the field `browser` of
 * package.json). `onnxruntime-web` looks for `ort-wasm-simd-threaded.wasm` beside the script that holds it, or where its
 * `env.wasm.wasmPaths` says, and loads it with the first session.
 */
import type { Tensor } from 'onnxruntime-node'
import type { OnnxSession, OnnxSource } from './runtime.ts'

const bytesOf = (data: unknown): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(0)

/**
 * A session that writes into the tensors that it is handed, as Node's does: that of browsers computes in a memory of its
 * own, and leaves them as they are.
 */
const writing = (session: OnnxSession): OnnxSession => ({
  inputNames: session.inputNames,
  outputNames: session.outputNames,
  inputMetadata: session.inputMetadata,
  outputMetadata: session.outputMetadata,
  release: () => session.release(),
  run: async (feeds, fetches) => {
    const handed = Object.entries<string | Tensor | null>(fetches).map(([name, given]) =>
      typeof given === 'string' ? { name: given, into: undefined } : { name, into: given?.data },
    )
    const found = await session.run(
      feeds,
      handed.map(({ name }) => name),
    )
    for (const { name, into } of handed) if (into !== undefined) bytesOf(into).set(bytesOf(found[name]?.data))
    return found
  },
})

/** A package that is not installed stops no bundler whose `import` is caught, and fails when it is wanted. */
const absent = (thrown: unknown): Promise<never> =>
  Promise.reject(thrown instanceof Error ? thrown : new Error(String(thrown)))

/** The libraries that are bundled. One thread: more are for pages that are isolated from others. */
export const installed: OnnxSource = {
  name: 'onnxruntime-web',
  target: 'WebAssembly',
  threads: () => 1,
  runtime: async () => {
    const { InferenceSession, Tensor, env } = await import('onnxruntime-web/wasm').catch(absent)
    env.wasm.numThreads = 1
    const create = async (
      model: string | Uint8Array,
      options: Parameters<typeof InferenceSession.create>[1],
    ): Promise<OnnxSession> =>
      writing(
        await (typeof model === 'string'
          ? InferenceSession.create(model, options)
          : InferenceSession.create(model, options)),
      )
    return { InferenceSession: { create }, Tensor, env }
  },
  protobuf: async () => {
    const loaded = await import('protobufjs/light.js').catch(absent)
    return loaded.default
  },
}
