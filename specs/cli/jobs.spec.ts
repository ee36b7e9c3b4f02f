/** What `exptilt jobs` prints: of a queue with something in every state, of an empty one, and where nobody answers. */
import { expect, it } from 'vitest'
import { jobsDocument } from '../../lib/cli/jobs.ts'
import { main } from '../../lib/cli/main.ts'
import { textOf } from '../../lib/report/document-text.ts'
import type { Overview } from '../../lib/scale/queue/overview.ts'
import { queueUrl } from '../../lib/scale/queue/url.ts'
import { right } from '../either.ts'
import { describeOnRedis } from '../on-redis.ts'
import { startRedis } from '../redis-server.ts'
import { inWorld } from './fake-world.ts'

const asked = (url: string) => inWorld((world) => main(['jobs', '--on', url], world))()

const [kind, version] = ['onnx', '1.2.3'] as const

const overview: Overview = {
  workers: [
    { name: 'here.12.0a1b', kind, version, doing: 'computes gam-1', since: 40_000 },
    { name: 'there.7.2c3d', kind, version, doing: undefined },
  ],
  queues: [
    {
      kind,
      version,
      counts: { active: 1, waiting: 60, failed: 1, done: 4 },
      jobs: [
        {
          id: 'gam-1',
          state: 'active',
          what: 'run',
          worker: 'here.12.0a1b',
          given: 0,
          since: 40_000,
          deaths: 1,
          progress: { phase: 'r', done: 5, earlier: 0, total: 10, seconds: 2 },
        },
        { id: 'gam-2', state: 'waiting', what: 'run', given: 0, deaths: 0 },
        { id: 'gam-3', state: 'failed', what: 'run', given: 0, since: 70_000, deaths: 4, reason: 'it died 4 times' },
      ],
      secondsEach: 30,
      secondsLeft: 915,
    },
  ],
}

it('exptilt jobs says who works, what runs and how far, what waits, what failed and why, and how long it takes', () => {
  const text = textOf(jobsDocument(right(queueUrl('redis://me:secret@h')), overview, 100_000))
  const lines = text.split('\n').map((line) => line.trim().split(/\s{2,}/))
  expect(lines).toContainEqual(['gam-1', 'here.12.0a1b', '1 min 00 s', 'r 5/10; 2.5/s, 2.0 s left', '1'])
  expect(lines).toContainEqual(['gam-2', '1 min 40 s'])
  expect(lines).toContainEqual(['gam-3', '30.0 s', '4', 'it died 4 times'])
  expect(text.replace(/\s+/g, ' ')).toMatch(
    /1 under way, 60 waiting, 1 failed\..*jobs retry --on redis:\/\/me:\*\*\*@h.*there\.7\.2c3d there 7 onnx, exptilt 1\.2\.3 waits.*waiting \(50 of 60\).*Runs done: 4, of late 30\.0 s each; about 15 min 15 s left/,
  )
  expect(text).not.toContain('secret')
})

describeOnRedis('exptilt jobs', () => {
  it('says it where nothing is there, or nobody answers, and keeps passwords', async () => {
    const server = await startRedis()
    const empty = await asked(server.url)
    expect([empty.code, empty.stdout.replace(/\s+/g, ' ')]).toEqual([
      0,
      expect.stringMatching(
        /Nothing runs, waits or has failed at .* No worker is there: start one with npx exptilt worker/,
      ),
    ])
    await server.stop()
    const gone = await asked(`redis://me:secret@127.0.0.1:${new URL(server.url).port}`)
    expect([gone.code, gone.stderr]).toEqual([1, expect.stringContaining('ECONNREFUSED')])
    expect(gone.stderr).not.toContain('secret')
  })
})
