/** The seeds of an experiment of E-ARM on a queue: the results and the checkpoint of a run here on one thread, to the bit. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { packageFolder } from '../../lib/data/fetch.ts'
import { sources } from '../../lib/data/sources.ts'
import { readResults } from '../../lib/report/earm-files.ts'
import type { EArmResults } from '../../lib/systems/e-arm/results.ts'
import { run } from '../either.ts'
import { withFolder, writeFiles } from '../folder.ts'
import { describeOnRedis } from '../on-redis.ts'
import { startRedis } from '../redis-server.ts'
import { inWorld } from './fake-world.ts'
import { workersHere } from './task-here.ts'

const words =
  'earm lm --seeds 2 --seed 4 --preset tiny --data moby-dick --width 4 --layers 1 --heads 1 --epochs 2 --updates 1 --batch 2 --time 5 --length 4 --measured 3 --count 2 --device reference'

/** Results without times, place and what computed them. */
const placeless = ({ options: _, adapter: __, seconds: ___, ...found }: EArmResults): unknown => ({
  ...found,
  seeds: found.seeds.map((seed) => ({ ...seed, variants: seed.variants.map((one) => ({ ...one, seconds: 0 })) })),
})

/** What `evaluate` says of the checkpoint, without times and place. */
const measured = async (folder: string): Promise<unknown> => {
  const seen = await inWorld((world) => main(['earm', 'lm', 'evaluate', '--run', folder, '--json'], world))()
  expect([seen.code, seen.stderr.slice(-400)]).toEqual([0, expect.any(String)])
  const { rows, seeds } = JSON.parse(seen.stdout)
  return { rows, seeds }
}

describeOnRedis('exptilt earm lm --seeds 2 --on', () => {
  it('has a worker for each seed, the results of both trained here, and a checkpoint that is read back', () =>
    withFolder(async (folder) => {
      const cache = process.env['EXPTILT_CACHE']
      process.env['EXPTILT_CACHE'] = join(folder, 'cache')
      const chapter = (n: number): string => `Chapter ${n}.\n\nThe whale! ${'So he said and said again. '.repeat(n)}`
      writeFiles(packageFolder(join(folder, 'cache'), sources.mobyDick), {
        ...Object.fromEntries(
          Array.from({ length: 12 }, (_, i) => [`package/data/chapter_${i + 1}.txt`, chapter(i + 1)] as const),
        ),
        'exptilt-archive.txt': 'abc 0.2.3\n',
      })
      const server = await startRedis()
      const [here, there] = [join(folder, 'here'), join(folder, 'there')]
      const alone = await inWorld((world) => main([...words.split(' '), '--out', here], world))()
      expect([alone.code, alone.stderr]).toEqual([0, expect.any(String)])
      const stop = workersHere(server, 'reference', 2)
      const seen = await inWorld((world) => main([...words.split(' '), '--on', server.url, '--out', there], world))()
      expect([seen.code, seen.stderr]).toEqual([0, expect.stringMatching(/seed 5 \(\S+\)/)])
      const [own, found] = [await run(readResults('lm')(here)), await run(readResults('lm')(there))]
      expect(placeless(found)).toEqual(placeless(own))
      expect(found.seeds.map(({ seed }) => seed)).toEqual([4, 5])
      expect(found.adapter).toMatch(/ at \S+, \S+$/)
      expect(existsSync(join(there, 'seeds', '5', 'report.html'))).toBe(true)
      expect(await measured(there)).toEqual(await measured(here))
      await stop()
      await server.stop()
      if (cache === undefined) delete process.env['EXPTILT_CACHE']
      else process.env['EXPTILT_CACHE'] = cache
    }))
})
