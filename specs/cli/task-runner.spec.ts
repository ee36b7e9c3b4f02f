/** Runs in processes of their own: what is killed there is told from what fails, and what is stopped says so. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { serveTask } from '../../lib/cli/task-process.ts'
import { processRunner } from '../../lib/cli/task-runner.ts'
import { taskText } from '../../lib/cli/task-system.ts'
import { askedFor } from '../../lib/experiment/experiment.ts'
import { idOf } from '../../lib/scale/queue/tasks.ts'
import { gamExperiment, gamOptionsCodec } from '../../lib/systems/gam/settings.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'

const options = right(askedFor(gamExperiment)({ '--preset': 'small', '--on': 'redis://me:secret@h', '--out': '/etc' }))
const text = right(taskText(gamOptionsCodec, 'reference', options))
const task = { version: 'any', kind: 'reference', system: 'gam', options: text } as const

/** Does something once the run tells how far it is; how it ends. */
const whenUnderWay = async (folder: string, work: (stop: AbortController) => void) => {
  const stop = new AbortController()
  const cache = process.env['EXPTILT_CACHE']
  process.env['EXPTILT_CACHE'] = join(folder, 'cache')
  let told = false
  const tell = (): void => {
    if (!told) work(stop)
    told = true
  }
  const ended = await processRunner.run(task, {
    id: idOf(task),
    signal: stop.signal,
    tell,
    begun: undefined,
    given: [],
  })()
  if (cache === undefined) delete process.env['EXPTILT_CACHE']
  else process.env['EXPTILT_CACHE'] = cache
  return left(ended)
}

describe('the process of a run', () => {
  it('that is killed has died; that is told to stop is interrupted', () =>
    withFolder(async (folder) => {
      const died = await whenUnderWay(folder, () => {
        for (const pid of execFileSync('pgrep', ['-P', String(process.pid), '-f', 'bin/task.js'], {
          encoding: 'utf8',
        }).split('\n'))
          if (pid !== '') process.kill(Number(pid), 'SIGKILL')
      })
      expect([died.tag, died.what]).toEqual(['WorkerLost', expect.stringContaining('SIGKILL')])
      expect((await whenUnderWay(folder, (stop) => stop.abort())).tag).toBe('Interrupted')
    }))

  it('is started by a worker alone', () => {
    expect(() => serveTask({})).toThrow('this is no process of a run')
  })
})

describe('what is asked of a queue', () => {
  it('names no folder, no queue and no password, and what does is refused', () => {
    expect(text).not.toMatch(/secret|redis|etc/)
    expect(right(processRunner.check(task))).toMatch(/^gam-reference-[0-9a-f]{32}$/)
    for (const stray of [
      { out: '/etc' },
      { on: 'redis://h' },
      { data: { kind: 'strings', file: '/etc/passwd', features: ['a'] }, features: '1' },
    ]) {
      const found = processRunner.check({ ...task, options: JSON.stringify({ ...JSON.parse(text), ...stray }) })
      expect(E.isLeft(found) && found.left.what).toMatch(/names a folder, a file or another queue|--features|--length/)
    }
  })
})
