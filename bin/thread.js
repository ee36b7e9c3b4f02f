/**
 * A worker thread: of an installed package the build, of a checkout whatever the thread that started it runs.
 */
import { fileURLToPath } from 'node:url'
import { workerData } from 'node:worker_threads'

const built = new URL('../dist/scale/thread.js', import.meta.url)
const source = new URL('../lib/scale/thread.ts', import.meta.url)
const checkout = new URL('../tsconfig.json', import.meta.url)

const load = async () => {
  if (!workerData.source) return import(built.href)
  const { register } = await import('tsx/esm/api')
  register({ tsconfig: fileURLToPath(checkout) })
  return import(source.href)
}

const { startThread } = await load()
await startThread()
