/** The contract of executors at the far end of a port; programs of every operation are sent as they are. */
import { MessageChannel } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../lib/executor.ts'
import { openReference } from '../../lib/reference.ts'
import { remoteExecutor } from '../../lib/scale/remote.ts'
import { serve } from '../../lib/scale/serve.ts'
import { executorLaws } from '../../lib/laws/executor.ts'
import { keepsLaws } from '../laws/kept.ts'

const open = async (): Promise<Executor> => {
  const { port1, port2 } = new MessageChannel()
  serve(port2, openReference())
  return remoteExecutor(port1, { name: 'reference', description: 'the reference over a port' }).executor
}

describe('the contract over a port', () => {
  const shared = open()
  keepsLaws(executorLaws({ shared: () => shared, open }))
})

describe('the far end of a port', () => {
  it('answers what is no request with what is wrong with it', async () => {
    const { port1, port2 } = new MessageChannel()
    serve(port2, openReference())
    const answer = new Promise((resolve) => port1.once('message', resolve))
    port1.postMessage({ call: 7, kind: 'run', program: 'nonsense' })
    expect(await answer).toMatchObject({ call: 7, failure: { tag: 'Format' }, values: undefined })
    port1.close()
  })
})
