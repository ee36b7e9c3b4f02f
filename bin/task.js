/**
 * The process of one run that a worker of a queue has taken: of an installed package the build, of a checkout whatever the process
 * that started it runs.
 */
import { fromSources } from './sources.js'

const built = new URL('../dist/cli/task-process.js', import.meta.url)
const source = new URL('../lib/cli/task-process.ts', import.meta.url)

const { serveTask } = await (process.argv[2] === 'source' ? fromSources(source) : import(built.href))
serveTask(process)
