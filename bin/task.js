/**
 * The process of one run that a worker of a queue has taken: of an installed package the build, of a checkout whatever the process
 * that started it runs.
 */
import { fileURLToPath } from 'node:url'

const built = new URL('../dist/cli/task-process.js', import.meta.url)
const source = new URL('../lib/cli/task-process.ts', import.meta.url)
const checkout = new URL('../tsconfig.json', import.meta.url)

const load = async () => {
  if (process.argv[2] !== 'source') return import(built.href)
  const { register } = await import('tsx/esm/api')
  register({ tsconfig: fileURLToPath(checkout) })
  return import(source.href)
}

const { serveTask } = await load()
serveTask(process)
