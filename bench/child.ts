/**
 * One measurement in this process: `tsx bench/child.ts TASK SETTINGS`; the last line printed is the outcome as JSON.
 */
import type { Task } from './clock.ts'
import { endProfiles } from './profiled.ts'
import type { Settings } from './types.ts'

const tasks: Readonly<Record<string, () => Promise<{ readonly measure: Task }>>> = {
  attention: () => import('./tasks/attention.ts'),
  beam: () => import('./tasks/beam.ts'),
  compilation: () => import('./tasks/compilation.ts'),
  contraction: () => import('./tasks/contraction.ts'),
  e_arm: () => import('./tasks/e_arm.ts'),
  encoding: () => import('./tasks/encoding.ts'),
  jax: () => import('./tasks/jax.ts'),
  jax_attention: () => import('./tasks/jax_attention.ts'),
  language_sampling: () => import('./tasks/language_sampling.ts'),
  language_training: () => import('./tasks/language_training.ts'),
  log_partition: () => import('./tasks/log_partition.ts'),
  machine: () => import('./tasks/machine.ts'),
  mask: () => import('./tasks/mask.ts'),
  mask_xgrammar: () => import('./tasks/mask_xgrammar.ts'),
  masked_convolution: () => import('./tasks/masked_convolution.ts'),
  memory: () => import('./tasks/memory.ts'),
  onnxruntime: () => import('./tasks/onnxruntime.ts'),
  sampling: () => import('./tasks/sampling.ts'),
  schema: () => import('./tasks/schema.ts'),
  spread: () => import('./tasks/spread.ts'),
  tilted_sampling: () => import('./tasks/tilted_sampling.ts'),
  training: () => import('./tasks/training.ts'),
}

const [name = '', text = '{}'] = process.argv.slice(2)
const settings: Settings = JSON.parse(text)
try {
  const task = await tasks[name]?.()
  if (task === undefined) throw new Error(`there is no task '${name}'`)
  const outcome = await task.measure(settings)
  endProfiles()
  console.log(JSON.stringify(outcome))
  process.exit(0)
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : String(thrown))
  process.exit(1)
}
