/**
 * The WebGPU adapter and the versions of what is measured.
 */
import { acquire, destroy } from '../../lib/device.ts'
import type { Task } from '../clock.ts'
import { must, openDevice } from '../open.ts'

const adapter = async (): Promise<string> => {
  try {
    const device = await must(acquire())
    destroy(device)
    return device.adapter.name
  } catch {
    return 'no WebGPU adapter'
  }
}

/** No settings. */
export const measure: Task = async () => {
  const onnx = await openDevice({ device: 'onnx' }).then(
    ({ description }) => description,
    () => 'no ONNX Runtime',
  )
  return { times: [0], facts: { adapter: await adapter(), onnx } }
}
