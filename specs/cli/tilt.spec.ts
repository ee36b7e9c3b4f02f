/** `exptilt tilt`: what it prints, what it writes, and what it says to wrong input. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { main } from '../../lib/cli/main.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { right } from '../either.ts'
import { withFolder } from '../folder.ts'
import { letterTokenizer, writeModelFolder } from '../pretrained/model-folder.ts'
import { inWorld } from './fake-world.ts'

const run = (...argv: readonly string[]) => inWorld((world) => main(['tilt', ...argv], world))()

const answer = decodeJson(
  t.type({
    samples: t.readonlyArray(t.string),
    texts: t.readonlyArray(t.type({ text: t.string, weight: t.number, logWeight: t.union([t.number, t.null]) })),
    logPartition: t.type({ value: t.number, standardError: t.number, islands: t.readonlyArray(t.number) }),
    doubts: t.readonlyArray(t.string),
    moments: t.readonlyArray(t.type({ wanted: t.number, found: t.number })),
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
      expect(readFileSync(join(out, 'results.json'), 'utf8')).toBe(first.stdout)
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toContain('Texts of a tilted model')
      const again = await run(...asked, '--json', '--out', out)
      expect(again.stdout).toBe(first.stdout)
      expect((await run(...asked, '--json', '--seed', '2')).stdout).not.toBe(first.stdout)
      const { stdout } = await run(...asked)
      for (const [i, text] of found.samples.entries()) expect(stdout).toContain(`  ${i + 1}. ${JSON.stringify(text)}\n`)
      expect(stdout).toMatch(/log Z is −\d+\.\d{3} ± \d/)
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

  it(
    'writes JSON of a schema that refers to itself, to a depth, by the path of a model file',
    { timeout: 60_000 },
    () =>
      withFolder(async (folder) => {
        const schema = join(folder, 'schema.json')
        writeFileSync(schema, JSON.stringify({ type: 'array', items: { $ref: '#' }, maxItems: 2 }))
        const model = writeModelFolder(folder, { tokenizer: letterTokenizer('[],') })
        const asked = ['--model', join(model, 'onnx', 'model.onnx'), '--schema', schema, '--depth', '1', ...small]
        const { stdout, code } = await run(...asked, '--json')
        expect(code).toBe(0)
        const { samples } = right(answer(stdout))
        expect(samples.filter((text) => !['[]', '[[]]', '[[],[]]'].includes(text))).toEqual([])
      }),
  )

  it('writes the automaton of its constraint, drawn or as text, before it draws', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const asked = ['--model', writeModelFolder(folder), '--regex', '(ab|c)+', ...small, '--json'] as const
      for (const [name, begins] of [
        ['graphs/constraint.dot', /^digraph \{\n/u],
        ['constraint.fst', /^0\t\d\ta\n/u],
      ] as const) {
        expect((await run(...asked, '--automaton', join(folder, name))).code).toBe(0)
        expect(readFileSync(join(folder, name), 'utf8')).toMatch(begins)
      }
    }),
  )

  it('looks ahead as it is told: the same target, other populations', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const asked = ['--model', writeModelFolder(folder), '--contain', 'ab', '--limit', '8', '--json'] as const
      const found = await Promise.all(
        ['automaton', 'fitted', 'none'].map(async (twist) => {
          const seen = await run(...asked, '--particles', '400', '--twist', twist)
          expect([seen.code, seen.stderr]).toEqual([0, expect.not.stringContaining(':')])
          return right(answer(seen.stdout)).logPartition
        }),
      )
      const [first] = found
      for (const { value, standardError } of found.slice(1)) {
        expect(value).not.toBe(first?.value)
        expect(Math.abs(value - (first?.value ?? 0))).toBeLessThan(
          5 * Math.hypot(standardError, first?.standardError ?? 0),
        )
      }
      expect(found[2]?.standardError).toBeGreaterThan(first?.standardError ?? 0)
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

  it('gives shares of the texts a property, under a power and another proposal', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const { stdout, code } = await run(
        '--model',
        writeModelFolder(folder),
        ...['--moment', 'a=0.5', '--moment', '^b|c=0.25', '--power', '1.2', '--temperature', '1.5', '--islands', '2'],
        ...small,
        '--json',
      )
      expect(code).toBe(0)
      const { moments, logPartition } = right(answer(stdout))
      expect(moments.map(({ wanted }) => wanted)).toEqual([0.5, 0.25])
      for (const { wanted, found } of moments) expect(found).toBeCloseTo(wanted, 9)
      expect(logPartition.islands).toHaveLength(2)
    }),
  )

  it('S16 says in one sentence, with exit code 2, what cannot be done', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const model = writeModelFolder(folder)
      const [schema, loose] = [join(folder, 'schema.json'), join(folder, 'loose.json')]
      writeFileSync(schema, JSON.stringify({ type: 'array', items: { type: 'string', format: 'date' } }))
      writeFileSync(loose, '{')
      const recursive = join(folder, 'recursive.json')
      writeFileSync(recursive, JSON.stringify({ type: 'array', items: { $ref: '#' } }))
      const bare = writeModelFolder(join(folder, 'bare'), { onnx: '' })
      const many = [...Array(52).keys()].map((i) => String.fromCharCode((i < 26 ? 65 : 71) + i)).join('')
      const other = writeModelFolder(join(folder, 'other'), { tokenizer: letterTokenizer(many) })
      const wrong: readonly (readonly [readonly string[], RegExp])[] = [
        [['--model', bare], /^\S+bare holds no \.onnx file: export the model to ONNX into it/],
        [
          ['--model', other],
          /^the tokenizer of \S+ has 53 tokens and the model gives logits of 16: give the tokenizer\.json/,
        ],
        [['--model', join(folder, 'none')], /^the folder .*none cannot be read: give a folder with a model\.$/],
        [
          ['--model', folder, '--regex', '('],
          /^--regex \( is not a regular expression of JavaScript .*: give for example/,
        ],
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
        [
          ['--model', model, '--limit', '0'],
          /^--limit 0 is not a whole number from 1 to 100000: give for example --limit 60\.$/,
        ],
        [['--model', model, '--seed', '-1'], /^--seed -1 is not a whole number from 0/],
        [['--model', model, '--power', '0'], /^--power 0 is not a number above 0 and at most 100: give for example/],
        [['--model', model, '--temperature', '0'], /^--temperature 0 is not a number above 0/],
        [
          ['--model', model, '--sampler', 'rejection', '--temperature', '2'],
          /^--sampler rejection proposes by the model itself, and --temperature 2 was given: leave one of them out\.$/,
        ],
        [
          ['--model', model, '--sampler', 'sir', '--twist', 'none'],
          /^--sampler sir does not look ahead, and --twist none was given: leave one of them out\.$/,
        ],
        [['--model', model, '--twist', 'best'], /^--twist: best is not one of automaton, fitted, none/],
        [
          ['--model', model, '--automaton', 'drawn.svg'],
          /^--automaton drawn\.svg is not a file for Graphviz \(\.dot, \.gv\) or OpenFst \(\.fst, \.txt\): give/,
        ],
        [['--source', 'text'], /^--source was given, and no run: add --model, the folder of a run\.$/],
        [
          ['--model', model, '--dtype', 'q4'],
          /^\S+ holds no model of the dtype q4 \(it has onnx\/model\.onnx\): choose another dtype\.$/,
        ],
        [['--model', model, '--dtype', 'q5'], /^--dtype: q5 is not one of fp32, fp16/],
        [
          ['--model', model, '--provider', process.platform === 'darwin' ? 'dml' : 'coreml'],
          /^ONNX Runtime has no (Core ML|DirectML) here \(.*\): choose the provider cpu/,
        ],
        [['--model', model, '--network', 'base'], /^--network was given, and \S+ is no run of exptilt: leave it out/],
        [['--model', model, '--sampler', 'mcmc'], /^--sampler: mcmc is not one of smc, masking, rejection, sir, chain/],
        [
          ['--model', model, '--moment', 'a'],
          /^--moment: a is not a regular expression, =, and a share \(write for example/,
        ],
        [['--model', model, '--moment', '(=0.5'], /^--moment \(=0\.5 is not a regular expression, = and a share \(/],
        [
          ['--model', model, '--moment', 'a=1'],
          /^--moment a=1 is not .* a share above 0 and below 1 \(for all or none/,
        ],
        [
          ['--model', model, '--moment', '0=0.5', '--limit', '5'],
          /^the moments cannot be met: no text of the constraint within 5 tokens has the regular expression \/0\/u/,
        ],
        [
          ['--model', model, '--schema', schema],
          /schema\.json: the schema at #\/items\/format is a keyword that is not supported/,
        ],
        [['--model', model, '--schema', loose], /loose\.json/],
        [['--model', model, '--schema', 'none.json'], /^--schema none\.json cannot be read: give a JSON Schema/],
        [
          ['--model', model, '--schema', recursive],
          /recursive\.json: the schema at #\/items\/\$ref is recursive \(#\): say how often .*, by depth \(--depth N\)\.$/,
        ],
        [
          ['--model', model, '--least', '7', '--limit', '5'],
          /^--least 7 is more than --limit 5: give a lower --least or a higher --limit\.$/,
        ],
        [
          ['--model', model, '--regex', 'abc?', '--least', '4', '--limit', '5'],
          /^no text that meets the constraint \(.*\) has 4 to 5 tokens: ask for fewer tokens/,
        ],
        [
          ['--model', model, '--tokenisation', 'mine'],
          /^--tokenisation: mine is not one of every, canonical \(write for example every\)/,
        ],
        [['--model', model, '--depth', '-1'], /^--depth -1 is not a whole number from 0 to 100/],
        [
          ['--model', model, '--contain', Array.from({ length: 21 }, (_, i) => `w${i}`).join()],
          /^21 words that must all occur: give at most 20\.$/,
        ],
        [
          ['--model', model, '--regex', '.{0,100000}', '--limit', '5'],
          /^the regular expression .* needs a machine of more than 10 000 states: use smaller counts/,
        ],
        [
          ['--model', model, '--prompt', 'a'.repeat(13), '--limit', '1'],
          /^the prompt has 13 tokens, and the model reads 12: give a shorter prompt\.$/,
        ],
        [
          ['--model', model, '--contain', ''],
          /^--contain '' is not a word: give for example --contain storm,harbour\.$/,
        ],
      ]
      for (const [argv, sentence] of wrong) {
        const { code, stderr, stdout } = await run(...argv, '--out', join(folder, 'out'))
        expect
          .soft([argv, stderr.split('\n').filter((line) => line !== '' && !line.startsWith('start'))])
          .toEqual([argv, [expect.stringMatching(sentence)]])
        expect([argv, code, stdout]).toEqual([argv, 2, ''])
      }
      expect(existsSync(join(folder, 'out'))).toBe(false)
    }),
  )
})
