import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { orElse } from '../../lib/at.ts'
import { main } from '../../lib/cli/main.ts'
import { failure } from '../../lib/errors.ts'
import { type Answer, interrupted, inWorld, succeed } from './fake-world.ts'
import { filesIn, withFolder } from '../folder.ts'

const run = (...argv: readonly string[]) => inWorld((world) => main(argv, world))

/** The files of a folder with what is in them. */
const contents = (folder: string): readonly (readonly [string, string])[] =>
  filesIn(folder).map((name) => [name, readFileSync(join(folder, name), 'latin1')])

const small = ['gam', 'sweep', '--grid', 'figure-2c', '--train', '500']

describe('exptilt gam sweep', () => {
  it('runs every cell once, writes tables and figures, and does nothing the second time', () =>
    withFolder(async (folder) => {
      const first = await run(...small, '--out', folder)()
      expect(first.code).toBe(0)
      expect(first.runs.map(({ train, moments }) => [train, moments])).toEqual([
        [500, 'rs'],
        [500, 'snis'],
      ])
      const files = filesIn(folder)
      expect(files.filter((name) => !name.startsWith('cells'))).toEqual([
        'figures/10001011111000-pure-ft-1001111-two-stage.png',
        'figures/10001011111000-pure-ft-1001111-two-stage.svg',
        'sweep.html',
        'sweep.json',
      ])
      expect(files.filter((name) => name.endsWith('results.json'))).toHaveLength(2)
      expect(first.stdout).toContain('Table 1: rejection sampling over SNIS')
      const second = await run(...small, '--out', folder)()
      expect(second.runs).toEqual([])
      expect(second.stdout).toBe(first.stdout)
    }))

  it('keeps cells whoever shared their work: threads, or the workers of a queue, which need not be there for those that are done', () =>
    withFolder(async (folder) => {
      const on = ['--on', 'redis://me:secret@127.0.0.1:1', '--out', folder]
      const gone = await run(...small, ...on)()
      expect([gone.code, gone.runs, gone.stderr]).toEqual([1, [], expect.stringContaining('ECONNREFUSED')])
      expect((await run(...small, '--workers', '2', '--out', folder)()).runs).toHaveLength(2)
      const kept = await run(...small, ...on)()
      expect([kept.code, kept.runs]).toEqual([0, []])
      expect((await run(...small, '--out', folder)()).runs).toEqual([])
    }))

  it('prints the paper’s numbers beside ours', () =>
    withFolder(async (folder) => {
      const { stdout } = await run(...small, '--out', folder)()
      const lines = stdout.split('\n').map((line) => line.trim().split(/\s{2,}/))
      // Table 1, |D| = 500, pure: 0.998, 0.967, 2.92 in the paper; the stand-in's ratios are 1.
      expect(lines).toContainEqual(['500', '1.000', '0.998', '1.000', '0.967', '1.000', '2.920'])
    }))

  it('--json prints the rows', () =>
    withFolder(async (folder) => {
      const { stdout } = await run(...small, '--json', '--out', folder)()
      expect(JSON.parse(stdout)).toEqual(JSON.parse(readFileSync(join(folder, 'sweep.json'), 'utf8')))
      expect(JSON.parse(stdout)).toMatchObject({
        rows: [
          { train: 500, moments: 'rs' },
          { train: 500, moments: 'snis' },
        ],
        failures: [],
      })
    }))

  it('Ctrl-C stops after the cell at hand, exits 130, and the same command goes on there', () =>
    withFolder(async (folder) => {
      const stopped = await run(...small, '--out', folder)({ answer: interrupted, ctrlC: true })
      expect(stopped.code).toBe(130)
      expect(stopped.runs).toHaveLength(1)
      expect(stopped.stderr).toContain('Continue by running the same command again')
      const again = await run(...small, '--out', folder)()
      expect(again.code).toBe(0)
      expect(again.runs).toHaveLength(2)
    }))

  it('a cell that fails is reported and the others are run; exit code 1', () =>
    withFolder(async (folder) => {
      const seen = await run(
        ...small,
        '--out',
        folder,
      )({
        answer: (options, services) =>
          options.moments === 'rs' && options.train === 500
            ? E.left(failure('RejectionBudget', 'no string was accepted', 'allow more with --trials'))
            : succeed(options, services),
      })
      expect(seen.code).toBe(1)
      expect(seen.runs).toHaveLength(2)
      expect(seen.stdout).toMatch(
        /Cells that did not finish[^]*no string was accepted: allow\s+[^]*more with --trials\./,
      )
      expect(readFileSync(join(folder, 'sweep.html'), 'utf8')).toContain('no string was accepted')
    }))

  it('a cell with more to spend goes on where a smaller limit had stopped it', () =>
    withFolder(async (folder) => {
      const cell = (trials: string) => run(...small, '--moments', 'rs', '--trials', trials, '--out', folder)
      const spent: Answer = (options, services) => {
        succeed(options, services)
        return E.left(failure('RejectionBudget', 'no string was accepted', 'allow more with --trials'))
      }
      expect((await cell('10')({ answer: spent })).code).toBe(1)
      const begun: (readonly string[])[] = []
      const again = await cell('1000')({
        answer: (options, services) => {
          begun.push(filesIn(orElse(services.directory, '')))
          return succeed(options, services)
        },
      })
      expect([again.code, again.runs.map(({ budgets }) => budgets.trials)]).toEqual([0, [1000]])
      expect(begun).toEqual([['base.safetensors']])
      expect((await cell('1000')()).runs).toEqual([])
    }))

  it('a folder with cells of other settings is refused and left as it was, finished or not', () =>
    withFolder(async (folder) => {
      const sweep = (...more: readonly string[]) => run(...small, '--moments', 'rs', ...more, '--out', folder)
      const cell = join(folder, 'cells', '10001011111000-n30-mix1-ft1001111-D500-rs-two-stage-seed1')
      const failed: Answer = (options, services) =>
        E.chain(() => E.left(failure('WorkerLost', 'it died', 'try again')))(succeed(options, services))
      await sweep()({ answer: failed })
      const before = contents(folder)
      const [narrow, short] = [await sweep('--width', '99')(), await sweep('--patience', '3', '--trials', '9')()]
      expect([narrow.code, narrow.runs, narrow.stderr]).toEqual([
        2,
        [],
        `${cell} holds a run with --width 64, not 99: choose another folder with --out DIR, or give --width 64.\n`,
      ])
      expect([short.code, short.stderr]).toEqual([2, expect.stringContaining('holds a run with --patience 10, not 3')])
      expect(contents(folder)).toEqual(before)
      expect((await sweep()()).code).toBe(0)
      expect((await sweep('--divergence', 'kl')()).stderr).toContain(
        `${cell} holds a run without --divergence, not kl: choose another folder with --out DIR.\n`,
      )
      expect((await sweep('--seed', '2', '--width', '99')()).code).toBe(0)
    }))
})
