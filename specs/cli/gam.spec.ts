import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { systemServices } from '../../lib/cli/folder-command.ts'
import { main } from '../../lib/cli/main.ts'
import { atWork, nodeWorld } from '../../lib/cli/world.ts'
import { programFolder } from '../../lib/data/services.ts'
import { isRight, left } from 'fp-ts/lib/Either.js'
import { readRecord } from '../../lib/report/report-files.ts'
import { gamResultsCodec } from '../../lib/systems/gam/results.ts'
import { failure } from '../../lib/errors.ts'
import { silentProgress } from '../../lib/progress.ts'
import { interrupted, inWorld, resultsFor, succeed, withoutAdapter } from './fake-world.ts'
import { filesIn, withFolder } from '../folder.ts'

const run = (...argv: readonly string[]) => inWorld((world) => main(argv, world))

const figures = ['cross-entropy', 'lambda', 'lambda-path', 'moment-error', 'moments', 'training', 'weights']

describe('exptilt gam', () => {
  it('writes the report, the figures, the options and the results', () =>
    withFolder(async (folder) => {
      const seen = await run('gam', '--preset', 'tiny', '--train', '600', '--seed', '7', '--out', folder)()
      expect(seen.code).toBe(0)
      expect(filesIn(folder)).toEqual([
        'checkpoint/base.safetensors',
        ...figures.map((name) => `figures/${name}.svg`).sort(),
        'options.json',
        'report.html',
        'results.json',
      ])
      expect(seen.runs[0]).toMatchObject({ preset: 'tiny', train: 600, seed: 7, out: folder })
      expect(seen.stdout).toContain('The distilled model produces the motif in')
      expect(seen.stdout).toContain(join(folder, 'report.html'))
      const back = await readRecord(gamResultsCodec)(folder)()
      expect(isRight(back) && back.right).toEqual(resultsFor({ ...(seen.runs[0] ?? expect.fail()) }))
    }))

  it('hands the system the folder of compiled programs, which a process at work has', async () => {
    const told: unknown[] = []
    await withFolder((out) =>
      inWorld((world) => main(['gam', '--out', join(out, 'run')], { ...world, programs: '/programs' }))({
        answer: (options, services) => {
          told.push(services.programs)
          return succeed(options, services)
        },
      }),
    )
    expect(told).toEqual(['/programs'])
    expect(nodeWorld().programs).toBeUndefined()
    expect((await atWork(nodeWorld())).programs).toBe(programFolder(process.env, homedir()))
    const { signal } = new AbortController()
    expect(systemServices({ progress: silentProgress, programs: '/programs' }, signal, '').programs).toBe('/programs')
  })

  it('--json prints one object with the promised names, and nothing else on stdout', () =>
    withFolder(async (folder) => {
      const seen = await run('gam', '--json', '--out', folder)()
      const printed: unknown = JSON.parse(seen.stdout)
      expect(printed).toMatchObject({
        crossEntropyBase: expect.any(Number),
        crossEntropyTilt: expect.any(Number),
        crossEntropyDistilled: expect.any(Number),
        entropyPerSymbol: expect.any(Number),
        motifFrequencyBase: expect.any(Number),
        motifFrequencyDistilled: expect.any(Number),
        lambda: expect.any(Array),
        l1Moments: expect.any(Number),
        effectiveSampleSize: expect.any(Number),
        acceptanceRate: expect.any(Number),
        logPartition: { lower: expect.any(Number), jackknife: expect.any(Number), upper: expect.any(Number) },
        seconds: { base: expect.any(Number), total: expect.any(Number) },
        adapter: expect.any(String),
      })
    }))

  it('--json prints null for the entropy of a user’s own strings', () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'words.txt'), 'ab\nba\n')
      const out = join(folder, 'run')
      const seen = await run(
        'gam',
        '--data',
        join(folder, 'words.txt'),
        '--feature',
        'a$',
        '--feature',
        '^b',
        '--json',
        '--out',
        out,
      )()
      expect(seen.code).toBe(0)
      expect(seen.runs[0]).toMatchObject({ data: { kind: 'strings', features: ['a$', '^b'] }, features: '11' })
      expect(JSON.parse(seen.stdout)).toMatchObject({ entropyPerSymbol: null, featureNames: ['/a$/', '/^b/'] })
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('/a$/')
    }))

  it('Ctrl-C keeps the checkpoint, exits 130 and says how to resume; --resume goes on with the same options', () =>
    withFolder(async (folder) => {
      const out = join(folder, 'run')
      const stopped = await run('gam', '--train', '700', '--out', out)({ answer: interrupted, ctrlC: true })
      expect(stopped.code).toBe(130)
      expect(stopped.stderr).toContain(`npx exptilt gam --resume ${out}\n`)
      expect(stopped.stdout).toBe('')
      expect(filesIn(out)).toEqual(['checkpoint/base.safetensors', 'options.json'])
      const resumed = await run('gam', '--resume', out)()
      expect(resumed.code).toBe(0)
      expect(resumed.runs).toEqual(stopped.runs)
      expect(existsSync(join(out, 'results.json'))).toBe(true)
    }))

  it('--resume takes another device and more budget, nothing else', () =>
    withFolder(async (folder) => {
      await run('gam', '--out', folder)({ answer: interrupted, ctrlC: true })
      const resumed = await run('gam', '--resume', folder, '--device', 'cpu', '--seconds', '900', '--trials', '1e9')()
      expect(resumed.runs[0]).toMatchObject({ device: 'cpu', budgets: { trials: 1e9, seconds: 900 } })
      expect((await run('gam', '--resume', folder, '--seconds', '-1')()).code).toBe(2)
    }))

  it('work that fails exits 1, and says how to go on when something was saved', () =>
    withFolder(async (folder) => {
      const seen = await run(
        'gam',
        '--out',
        folder,
      )({
        answer: (options, services) => {
          succeed(options, services)
          return left(failure('DeviceLost', 'the device was lost', 'run it again'))
        },
      })
      expect(seen.code).toBe(1)
      expect(seen.stderr).toContain(
        `the device was lost: run it again.\nWhat was done is saved. Continue it with: npx exptilt gam --resume ${folder}\n`,
      )
    }))

  it('a new run in the folder of an old one does not resume it; a refused one, of other settings or another command, leaves it as it was', () =>
    withFolder(async (folder) => {
      await run('gam', '--seed', '1', '--out', folder)()
      const before = filesIn(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])
      const refused = await run('gam', '--seed', '2', '--device', 'gpu', '--out', folder)({ answer: withoutAdapter })
      expect(refused.code).toBe(2)
      expect(filesIn(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])).toEqual(before)
      const other = await run('gam', '--seed', '2', '--out', folder)()
      expect([other.code, other.stderr]).toEqual([
        2,
        `${folder} holds a run with --seed 1, not 2: choose another folder with --out DIR, or give --seed 1.\n`,
      ])
      const foreign = await run('residual', '--preset', 'tiny', '--out', folder)()
      expect([foreign.code, foreign.stderr]).toEqual([
        2,
        `the run in ${folder} is one of exptilt gam, not of exptilt residual: choose another folder with --out DIR.\n`,
      ])
      expect(filesIn(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')])).toEqual(before)
      let found: boolean | undefined
      await run(
        'gam',
        '--seed',
        '1',
        '--out',
        folder,
      )({
        answer: (options, { directory }) => {
          found = existsSync(join(directory ?? '', 'base.safetensors'))
          return { _tag: 'Right', right: resultsFor(options) }
        },
      })
      expect(found).toBe(false)
      expect(existsSync(join(folder, 'checkpoint.earlier'))).toBe(false)
    }))

  it('does not touch a folder named checkpoint that is not from a run', () =>
    withFolder(async (folder) => {
      mkdirSync(join(folder, 'checkpoint'))
      writeFileSync(join(folder, 'checkpoint', 'mine'), 'kept')
      const seen = await run('gam', '--out', folder)()
      expect(seen.code).toBe(2)
      expect(seen.stderr).toContain('is there, but not from a run: choose another folder with --out DIR')
      expect(filesIn(folder)).toEqual(['checkpoint/mine'])
    }))

  it('a run folder with damaged options is refused', () =>
    withFolder(async (folder) => {
      for (const text of ['{', '{"train": 5}']) {
        writeFileSync(join(folder, 'options.json'), text)
        const seen = await run('gam', '--resume', folder)()
        expect(seen.code).toBe(2)
        expect(seen.stderr).toContain('options.json')
      }
    }))
})
