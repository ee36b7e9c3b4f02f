/** `exptilt tilt`: what it prints, what it writes, and what it says to wrong input. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { right } from '../either.ts'
import { withFolder } from '../folder.ts'
import { letterTokenizer, writeModelFolder } from '../model-folder.ts'
import { inWorld } from './fake-world.ts'

const run = (...argv: readonly string[]) => inWorld((world) => main(['tilt', ...argv], world))()

const answer = decodeJson(
  t.type({
    samples: t.readonlyArray(t.string),
    texts: t.readonlyArray(t.type({ text: t.string, weight: t.number, logWeight: t.union([t.number, t.null]) })),
    logPartition: t.type({ value: t.number, standardError: t.number, islands: t.readonlyArray(t.number) }),
    doubts: t.readonlyArray(t.string),
    seed: t.number,
  }),
  'the answer',
)

const small = ['--limit', '8', '--particles', '16', '--samples', '5'] as const

describe('exptilt tilt', () => {
  it('draws texts that match, the same for the same seed, and writes them all', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const model = writeModelFolder(folder)
      const out = join(folder, 'out')
      const asked = ['--model', model, '--prompt', 'fn', '--regex', '(ab|c)+[^a-d]{2}', ...small]
      const first = await run(...asked, '--json', '--out', out)
      expect(first).toMatchObject({ code: 0 })
      const found = right(answer(first.stdout))
      expect(found.samples).toHaveLength(5)
      expect(found.samples.every((text) => /^(ab|c)+[^a-d]{2}$/u.test(text))).toBe(true)
      expect(found.texts).toHaveLength(16)
      expect(found.logPartition.islands).toHaveLength(4)
      expect(found.texts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 10)
      expect(readFileSync(join(out, 'tilt.json'), 'utf8')).toBe(first.stdout)
      const again = await run(...asked, '--json')
      expect(again.stdout).toBe(first.stdout)
      expect((await run(...asked, '--json', '--seed', '2')).stdout).not.toBe(first.stdout)
      const { stdout } = await run(...asked)
      expect(stdout.split('\n').slice(0, 5)).toEqual(found.samples.map((text) => JSON.stringify(text)))
      expect(stdout).toMatch(/log Z +-\d+\.\d{3} ± \d/)
    }),
  )

  it('holds some words and avoids others', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const { stdout, code } = await run(
        '--model',
        writeModelFolder(folder),
        '--contain',
        'ab,cc',
        '--avoid',
        'd,e',
        ...small,
        '--json',
      )
      expect(code).toBe(0)
      const { samples } = right(answer(stdout))
      expect(samples.filter((text) => !text.includes('ab') || !text.includes('cc') || /[de]/u.test(text))).toEqual([])
    }),
  )

  it('writes JSON that a schema allows', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const schema = join(folder, 'schema.json')
      writeFileSync(schema, JSON.stringify({ enum: [true, false, null] }))
      const tokenizer = letterTokenizer('trueafalsn'.replace(/(.)(?=.*\1)/gu, ''))
      const model = writeModelFolder(folder, { tokenizer })
      const { stdout, code } = await run('--model', model, '--schema', schema, ...small, '--json')
      expect(code).toBe(0)
      const { samples } = right(answer(stdout))
      expect(samples.filter((text) => !['true', 'false', 'null'].includes(text))).toEqual([])
    }),
  )

  it('takes the model of the package where none is given', { timeout: 60_000 }, async () => {
    const { stdout, code } = await run(
      '--prompt',
      'The sea',
      '--contain',
      'ship',
      '--limit',
      '24',
      '--particles',
      '8',
      '--json',
    )
    expect(code).toBe(0)
    expect(stdout).toMatch(/models[/\\\\]+english[/\\\\]+onnx[/\\\\]+model_fp16\.onnx \(3072 symbols/)
  })

  it('S16 says in one sentence, with exit code 2, what cannot be done', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const model = writeModelFolder(folder)
      const [schema, loose] = [join(folder, 'schema.json'), join(folder, 'loose.json')]
      writeFileSync(schema, JSON.stringify({ type: 'array', items: { type: 'string', format: 'date' } }))
      writeFileSync(loose, '{')
      const wrong: readonly (readonly [readonly string[], RegExp])[] = [
        [['--model', join(folder, 'none')], /^the folder .*none cannot be read: give a folder with a model\.$/],
        [['--model', folder, '--regex', '('], /^--regex \( is not a regular expression: give/],
        [
          ['--model', model, '--regex', '[0-9]+', '--limit', '5'],
          /^the model's tokens cannot spell a text that meets the constraint \(the regular expression \/\[0-9\]\+\/u\)/,
        ],
        [
          ['--model', model, '--regex', 'a*', '--contain', 'b', '--limit', '5'],
          /^no text meets the constraint \(the regular expression \/a\*\/u and all of the words 'b'\)/,
        ],
        [
          ['--model', model, '--regex', 'abcabc', '--limit', '5'],
          /^the shortest text .* has 6 tokens, and the limit is 5: raise the limit to 6 or more\.$/,
        ],
        [['--model', model, '--limit', '60'], /^texts of 60 tokens do not fit the model, which reads 11 of them/],
        [
          ['--model', model, '--particles', '10'],
          /^--particles 10 cannot be shared by 4 islands: give a multiple of 4\.$/,
        ],
        [['--model', model, '--limit', '0'], /^--limit 0 is not a whole number from 1: give for example --limit 60\.$/],
        [['--model', model, '--seed', '-1'], /^--seed -1 is not a whole number from 0/],
        [
          ['--model', model, '--schema', schema],
          /schema\.json: the schema at #\/items\/format is a keyword that is not supported/,
        ],
        [['--model', model, '--schema', loose], /loose\.json/],
        [['--model', model, '--schema', 'none.json'], /^--schema none\.json cannot be read: give a JSON Schema/],
        [['--model', model, '--contain', ''], /^an empty word is given/],
      ]
      for (const [argv, sentence] of wrong) {
        const { code, stderr, stdout } = await run(...argv, '--out', join(folder, 'out'))
        expect([argv, stderr.split('\n').filter((line) => line !== '' && !line.startsWith('start'))]).toEqual([
          argv,
          [expect.stringMatching(sentence)],
        ])
        expect([argv, code, stdout]).toEqual([argv, 2, ''])
      }
      expect(existsSync(join(folder, 'out'))).toBe(false)
    }),
  )
})
