/** Every kind of constraint under every sampler against the exact intersection, which is checked by writing down every string. */
import { describe, expect, it } from 'vitest'
import { automaton, EPSILON } from '../../lib/automata/automaton.ts'
import { boolean } from '../../lib/automata/star.ts'
import { transducer } from '../../lib/automata/transducer.ts'
import { fold, key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { all, type Constraint, either, literal, not } from '../../lib/tilt/constraint.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { contextFree } from '../../lib/tilt/grammar.ts'
import { characters, words } from '../../lib/tilt/lengths.ts'
import { matching, ofLanguage } from '../../lib/tilt/pattern.ts'
import { concatenation, repetition, union } from '../../lib/tilt/rational.ts'
import { textMean } from '../../lib/tilt/result.ts'
import { becoming, spelledLike } from '../../lib/tilt/rewriting.ts'
import { adaptiveRejection, masking, type Sampler, sir, smc } from '../../lib/tilt/samplers.ts'
import { jsonSchema } from '../../lib/tilt/schema.ts'
import type { Soft } from '../../lib/tilt/soft.ts'
import { containingAll, containingAny, containingNone } from '../../lib/tilt/words.ts'
import { right, run } from '../either.ts'
import { bigram, byText, everyString } from './small.ts'

/** Symbols that overlap as tokens do, and one of two bytes. */
const letters = bigram(['a', 'b', 'ab', ' ', 'é'], 17)
const json = bigram(['[', ']', ',', '1', '0', ',1'], 6)
const brackets = bigram(['(', ')', '()'], 8)

/** Reads blanks away and é as a. */
const folding = transducer(boolean)({
  inputs: ['a', 'b', ' ', 'é'],
  outputs: ['a', 'b'],
  states: 1,
  start: [[0, true]],
  stop: [[0, true]],
  arcs: [0, 1, EPSILON, 0].map((output, input) => ({ from: 0, input, output, to: 0, weight: true })),
})
/** An even number of a, over a and b. */
const even = automaton(boolean)({
  alphabet: ['a', 'b'],
  states: 2,
  start: [[0, true]],
  stop: [[0, true]],
  arcs: [0, 1].flatMap((from) => [
    { from, symbol: 0, to: 1 - from, weight: true },
    { from, symbol: 1, to: from, weight: true },
  ]),
})

const evenly = (text: string): boolean => /^[ab]*$/u.test(text) && text.replaceAll('b', '').length % 2 === 0

/** At most one character put in, left out or changed. */
const near = (text: string, word: string): boolean => {
  const [a, b] = [Array.from(text), Array.from(word)]
  const drop = (of: readonly string[], i: number): string => of.filter((_, k) => k !== i).join('')
  return (
    text === word ||
    (a.length === b.length && a.some((_, i) => drop(a, i) === drop(b, i))) ||
    (a.length === b.length + 1 && a.some((_, i) => drop(a, i) === word)) ||
    (b.length === a.length + 1 && b.some((_, i) => drop(b, i) === text))
  )
}

const nested = (text: string): boolean => ['', '()', '(())', '()()', '(())()'].includes(text)

type Case = readonly [
  string,
  typeof letters,
  Constraint,
  (text: string) => boolean,
  { readonly least?: number; readonly power?: number; readonly soft?: readonly Soft[] }?,
]

const soft: readonly Soft[] = [{ of: right(containingAny(['ba'])), inside: 1.2, outside: -0.4 }]

const cases: readonly Case[] = [
  ['a pattern', letters, right(matching(/(ab|é ?)*b?/u)), (x) => /^(ab|é ?)*b?$/u.test(x)],
  ['a pattern anywhere', letters, right(matching(/b é?a/u, { match: 'part' })), (x) => /b é?a/u.test(x)],
  ['some words', letters, right(containingAny(['éa', 'b'])), (x) => x.includes('éa') || x.includes('b')],
  ['all words', letters, right(containingAll(['ab', 'é'])), (x) => x.includes('ab') && x.includes('é')],
  ['no words', letters, right(containingNone(['b', 'éé'])), (x) => !x.includes('b') && !x.includes('éé')],
  ['characters', letters, characters({ least: 3, most: 4 }), (x) => [3, 4].includes(Array.from(x).length)],
  ['words by number', letters, words({ least: 2 }), (x) => x.split(' ').filter((w) => w !== '').length >= 2],
  ['tokens', letters, characters({ most: 3 }), (x) => Array.from(x).length <= 3, { least: 2 }],
  [
    'a schema',
    json,
    right(jsonSchema({ type: 'array', items: { enum: [1, 0, 10] }, maxItems: 2 })),
    (x) => /^\[((1|0|10)(,(1|0|10))?)?\]$/u.test(x),
  ],
  [
    'a grammar',
    brackets,
    right(contextFree({ s: [[], ['(', { rule: 's' }, ')', { rule: 's' }]] }, { start: 's', depth: 2 })),
    nested,
  ],
  ['an automaton', letters, right(ofLanguage('even', even)), evenly],
  ['spelled like', letters, right(spelledLike('baé', 1)), (x) => near(x, 'baé')],
  [
    'becoming',
    letters,
    right(becoming('folded', folding)(even)),
    (x) => evenly(x.replaceAll(' ', '').replaceAll('é', 'a')),
  ],
  ['a product', letters, all([right(containingAny(['b'])), not(literal('b'))]), (x) => x.includes('b') && x !== 'b'],
  [
    'unions',
    letters,
    union([literal('é'), either(literal('ab'), right(matching(/ +b/u)))]),
    (x) => /^(é|ab| +b)$/u.test(x),
  ],
  [
    'one after another',
    letters,
    concatenation([right(matching(/a|é/u)), repetition(literal('b'), 1, 2), right(matching(/ ?/u))]),
    (x) => /^[aé]b{1,2} ?$/u.test(x),
  ],
  ['a repetition', letters, repetition(right(matching(/ab|é/u)), 2), (x) => /^(ab|é){2,}$/u.test(x)],
  ['a complement under a power', letters, not(right(matching(/[ab]*/u))), (x) => !/^[ab]*$/u.test(x), { power: 1.5 }],
  ['soft constraints', letters, right(matching(/[ab ]+/u)), (x) => /^[ab ]+$/u.test(x), { soft }],
]

const samplers: readonly (readonly [string, (own: ReturnType<typeof key>) => Sampler])[] = [
  ['smc', (own) => smc(own, { particles: 600, islands: 30 })],
  ['smc without looking ahead', (own) => smc(own, { particles: 600, islands: 30, twist: 'possible', threshold: 0.8 })],
  ['masking', (own) => masking(own, { particles: 600 })],
  ['rejection', (own) => adaptiveRejection(own, { particles: 600 })],
  ['sir', (own) => sir(own, { particles: 2000 })],
]

const limit = 4

describe('every sampler under every kind of constraint', () => {
  const named = cases.map(([name, ngram, constraint, inside, how = {}]) => ({ name, ngram, constraint, inside, how }))
  it.each(named)(
    'S8 $name: log Z and the law of texts',
    { timeout: 60_000 },
    async ({ ngram, constraint, inside, how }) => {
      const { least = 0, power = 1 } = how
      const masses = byText(
        everyString(ngram, limit)
          .filter(({ text, tokens }) => inside(text) && tokens.length >= least)
          .map(({ text, ended }) => {
            const weight = how.soft === undefined ? 0 : text.includes('ba') ? 1.2 : -0.4
            return [text, ended ** power * Math.exp(weight)]
          }),
      )
      const Z = sum([...masses.values()])
      const law = await run(exactLaw({ model: ngram, constraint, limit, ...how }))
      expect(law.logPartition).toBeCloseTo(Math.log(Z), 10)
      const target = { model: ngramModel(ngram), constraint, limit, ...how }
      let told = 0
      for (const [i, [name, sampler]] of samplers.entries()) {
        const found = await run(sampler(fold(key(4), i))(target))
        const { value, standardError } = found.logPartition
        // Errors by the delta method hold where many texts count; of a rare language what does not look ahead has few.
        if (name !== 'smc' && found.effectiveSampleSize < 50) continue
        told += 1
        expect([name, Math.abs(value - law.logPartition) <= 5 * standardError + 1e-9]).toEqual([name, true])
        // What looks ahead finds enough texts that a wrong law would be seen, however rare they are.
        if (name === 'smc') expect(standardError).toBeLessThan(0.2)
        for (const [text, mass] of [...masses].filter(([, own]) => own / Z >= 0.1)) {
          const share = textMean((each) => Number(each === text))(found)
          expect([name, text, Math.abs(share.value - mass / Z) <= 5.5 * share.standardError + 1e-9]).toEqual([
            name,
            text,
            true,
          ])
        }
      }
      expect(told).toBeGreaterThanOrEqual(3)
    },
  )
})
