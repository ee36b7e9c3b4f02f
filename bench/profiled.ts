/** ONNX Runtime with its profiler on, for a task whose settings name a folder for what it writes. */
import type { InferenceSession } from 'onnxruntime-node'
import { join } from 'node:path'
import { installed } from '../lib/onnx/installed.ts'
import type { OnnxSource } from '../lib/onnx/runtime.ts'

const sessions: InferenceSession[] = []

/** The library that is installed; each of its sessions writes a profile into the folder. */
export const profiledIn = (folder: string): OnnxSource => ({
  ...installed,
  runtime: async () => {
    const library = await import('onnxruntime-node')
    const begin = (options: InferenceSession.SessionOptions): InferenceSession.SessionOptions => ({
      ...options,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'session'),
    })
    const create = async (
      model: Uint8Array | string,
      options: InferenceSession.SessionOptions,
    ): Promise<InferenceSession> => {
      const session = await (typeof model === 'string'
        ? library.InferenceSession.create(model, begin(options))
        : library.InferenceSession.create(model, begin(options)))
      sessions.push(session)
      return session
    }
    return { InferenceSession: { create }, Tensor: library.Tensor, env: library.env }
  },
})

/** Writes the profiles. */
export const endProfiles = (): void => {
  for (const session of sessions) session.endProfiling()
}
