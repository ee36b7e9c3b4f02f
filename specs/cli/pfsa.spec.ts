import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { inWorld } from './fake-world.ts'
import { withFolder } from '../folder.ts'

const run = (...argv: readonly string[]) => inWorld((world) => main(argv, world))

const printed = async (...argv: readonly string[]): Promise<unknown> =>
  JSON.parse((await run(...argv, '--json')()).stdout)

describe('exptilt pfsa', () => {
  it('the paper’s motif in 30 symbols: 1 113 640 strings, entropy 13.923144487457433', async () => {
    expect(await printed('pfsa', '--motif', '10001011111000', '--length', '30')).toMatchObject({
      strings: 1113640,
      relativeFrequency: 0.0010371580719947815,
      entropy: expect.closeTo(13.923144487457433, 10),
      entropyPerSymbol: expect.closeTo(0.4491336931, 10),
      meanLength: expect.closeTo(30, 10),
      spectralRadius: expect.any(Number),
      residual: expect.any(Number),
    })
  })

  it('the mixture 0.9: entropy per symbol 0.4817822834', async () => {
    const facts = await printed('pfsa', '--motif', '10001011111000', '--mixture', '0.9')
    expect(facts).toMatchObject({ entropyPerSymbol: expect.closeTo(0.4817822834, 9) })
  })

  it('prints a table with thousands apart', async () => {
    const { stdout, code } = await run('pfsa', '--motif', '10001011111000')()
    expect(code).toBe(0)
    expect(stdout).toMatch(/strings\s+1 113 640/)
  })

  it('a count of more digits than a line has room for is shown by its first; as JSON it is whole', async () => {
    const { stdout } = await run('pfsa', '--motif', '1', '--length', '200')()
    expect(stdout).toContain('about 1.606e60')
    expect(stdout.split('\n').filter((line) => [...line].length > 80)).toEqual([])
    expect(await printed('pfsa', '--motif', '1', '--length', '200')).toMatchObject({ strings: `${2n ** 200n - 1n}` })
  })

  it('reads the file that the documentation shows', () =>
    withFolder(async (folder) => {
      const page = readFileSync(new URL('../../docs/automata.md', import.meta.url), 'utf8')
      const file = join(folder, 'automaton.json')
      writeFileSync(file, /```json\n([^]*?)```/.exec(page)?.[1] ?? '')
      expect(await printed('pfsa', '--file', file)).toMatchObject({ meanLength: expect.closeTo(1, 10) })
    }))

  it('an automaton from a file: a fair coin that stops with probability ½ has entropy 2 log 2 + log 2', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'coin.json')
      const coin = {
        format: 'exptilt-automaton',
        version: 1,
        alphabet: ['0', '1'],
        states: 1,
        start: [{ state: 0, weight: 1 }],
        stop: [{ state: 0, weight: 0.5 }],
        arcs: ['0', '1'].map((symbol) => ({ from: 0, symbol, to: 0, weight: 0.25 })),
      }
      writeFileSync(file, JSON.stringify(coin))
      expect(await printed('pfsa', '--file', file)).toMatchObject({
        strings: 'infinite',
        entropy: expect.closeTo(3 * Math.LN2, 10),
        meanLength: expect.closeTo(1, 10),
        spectralRadius: expect.closeTo(0.5, 6),
      })
      writeFileSync(file, JSON.stringify({ ...coin, stop: [{ state: 0, weight: 0.4 }] }))
      const refused = await run('pfsa', '--file', file)()
      expect(refused.code).toBe(2)
      expect(refused.stderr).toContain(file)
    }))
})
