import { describe, expect, it } from 'vitest'
import { motifAutomaton } from '../../lib/automata/motif.ts'
import { accepts } from '../../lib/automata/language.ts'
import { countingWeights, equivalent } from '../../lib/automata/equivalence.ts'
import { regexAutomaton } from '../../lib/automata/regex.ts'
import { decodeWord, wordsUpTo } from '../../lib/automata/word.ts'
import { left, right } from '../either.ts'

const ALPHABET = ['a', 'b', ' ', '\n']
const WORDS = wordsUpTo(4, 5).map((word) => [word, decodeWord(ALPHABET)(word)] as const)

const PATTERNS: readonly RegExp[] = [
  /ab/,
  /^ab/,
  /ab$/,
  /^ab$/,
  /^$/,
  /\bab\b/,
  /\Bb/,
  /a(?=b)/,
  /a(?!b)/,
  /(?<=a)b/,
  /(?<!a)b/,
  /^(?!.*ab).*$/,
  /(?=.*a)(?=.*b)^/,
  /^a$/m,
  /^b|a$/m,
  /A/i,
  /a{2,3}b?/,
  /(?:^a|b$)+/,
  /[^a]$/,
  /a.*b/,
  /a.*b/s,
  /(?:)/,
  /a|b |\n/,
  /(?=a*b)[ab]+(?<!bb)$/,
  /^(?:a(?=b)|b(?!b))*$/,
  /(a|b)\1/,
  /[]/,
  /\s\S/,
  /^(?:(?:aa)*|(?:bbb)*)$/u,
]

describe('regular expressions', () => {
  it.each(PATTERNS.map((p) => [String(p), p] as const))(
    '%s means what RegExp.test says, on every string to length 5',
    (_, pattern) => {
      const made = regexAutomaton(pattern)(ALPHABET)
      const accept = accepts(right(made))
      expect(WORDS.filter(([word, text]) => accept(word) !== pattern.test(text)).map(([, text]) => text)).toEqual([])
    },
  )

  it.each(['a', '[[ab]--[a]]', '[\\p{L}&&[a-c]]', '[^a]', '^\\p{L}+$', '[\\q{ab|b}]', 'A'])(
    'the flag v: %s means what RegExp.test says',
    (source) => {
      const pattern = new RegExp(source, source === 'A' ? 'vi' : 'v')
      const accept = accepts(right(regexAutomaton(pattern)(ALPHABET)))
      expect(WORDS.filter(([word, text]) => accept(word) !== pattern.test(text)).map(([, text]) => text)).toEqual([])
    },
  )

  it.each([
    'a{2000}',
    '(?=.{0,1000}b)a',
    '^.*a.{14}$',
    'a{100000}',
    '(?:a{50}){50}',
    '(?=a{0,40}b)(?=b{0,40}a)(?=.{0,40}aa).*',
  ])(
    '%s is beyond the budget: a failure that names it, in seconds',
    (source) => {
      const start = process.cpuUsage()
      const failure = left(regexAutomaton(new RegExp(source))(['a', 'b']))
      expect(process.cpuUsage(start).user).toBeLessThan(15e6)
      expect(failure.tag).toBe('Limit')
      expect(failure.what).toContain(JSON.stringify(`/${source}/`))
      expect(failure.remedy).toContain('smaller counts')
    },
    60_000,
  )

  it('what is within the budget stays so', () => {
    expect(right(regexAutomaton(/a{300}/)(['a', 'b'])).states).toBe(301)
    expect(right(regexAutomaton(/(a|b|ab){200}/)(['a', 'b'])).states).toBe(201)
  }, 60_000)

  it('anchored: the whole string must match', () => {
    for (const pattern of [/a|ab/, /a*b*/, /(?=ab)[ab]+/, /a(?!b)[ab]*/]) {
      const whole = new RegExp(`^(?:${pattern.source})$`)
      const accept = accepts(right(regexAutomaton(pattern, { anchored: true })(ALPHABET)))
      expect(WORDS.filter(([word, text]) => accept(word) !== whole.test(text))).toHaveLength(0)
    }
  })

  it('W16: a motif as a pattern is the motif automaton, exactly and minimally', () => {
    for (const m of ['1', '000', '0101', '10001011111000']) {
      const made = right(regexAutomaton(new RegExp(m))())
      expect(made.states).toBe(m.length + 1)
      expect(right(equivalent(countingWeights(made))(countingWeights(right(motifAutomaton(m)()))))).toBe(true)
    }
  })

  it('the exponential example has 2¹¹ + 1 states, and a cap is a Limit failure', () => {
    expect(right(regexAutomaton(/1[01]{10}1/)()).states).toBe(2049)
    expect(left(regexAutomaton(/1[01]{10}1/, { states: 100 })()).tag).toBe('Limit')
  })

  it('what cannot become an automaton is a typed failure that names the pattern and the reason', () => {
    expect(left(regexAutomaton(/(a*)\1/)(ALPHABET))).toMatchObject({
      tag: 'Automaton',
      facts: { pattern: '/(a*)\\1/' },
    })
    expect(left(regexAutomaton(/(?=a(?=b))/)(ALPHABET)).what).toContain('an assertion stands inside another')
    expect(left(regexAutomaton(/a/y)(ALPHABET)).what).toContain('flag y')
    expect(left(regexAutomaton(/a/)(['ab', 'c'])).what).toContain("the symbol 'ab'")
    expect(left(regexAutomaton(/a/)(['😀', 'a'])).what).toContain('without the flag u')
    expect(accepts(right(regexAutomaton(/😀/u)(['😀', 'a'])))([1, 0])).toBe(true)
  })
})
