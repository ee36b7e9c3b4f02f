/**
 * Encoding of a replayed dispatch on Dawn: runs bench/dispatch.ts and takes its figures for a thousand dispatches.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Task } from '../clock.ts'

/** No settings of its own. Times are for one dispatch. */
export const measure: Task = async () => {
  const script = fileURLToPath(new URL('../dispatch.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [...process.execArgv, script], { encoding: 'utf8' })
  const found = /1000 dispatches: encoding ([\d.]+) µs each \(best ([\d.]+)\)/.exec(stdout)
  if (found === null) throw new Error(stderr.trim().split('\n').at(-1) ?? 'bench/dispatch.ts printed no figures')
  const [median, best] = [Number(found[1]) / 1000, Number(found[2]) / 1000]
  return { times: [best, median, median], facts: { 'recordings timed': 20 } }
}
