/**
 * A worker thread: of an installed package the build, of a checkout whatever the thread that started it runs.
 */
import { workerData } from 'node:worker_threads'
import { fromSources } from './sources.js'

const built = new URL('../dist/scale/thread.js', import.meta.url)
const source = new URL('../lib/scale/thread.ts', import.meta.url)

const { startThread } = await (workerData.source ? fromSources(source) : import(built.href))
await startThread()
