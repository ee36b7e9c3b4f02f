/** Grammars to a depth against all of their derivations. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key } from '../../lib/key.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { compile, meets } from '../../lib/tilt/compile.ts'
import { contextFree, type Grammar } from '../../lib/tilt/grammar.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'
import { left, right, run } from '../either.ts'
import { bigram } from './small.ts'

/** Every text of a rule of texts and rules, by its derivations. */
const derived = (
  grammar: Grammar,
  rule: string,
  depth: number,
  open: Readonly<Record<string, number>> = {},
): ReadonlySet<string> => {
  const within = open[rule] ?? -1
  if (within >= depth) return new Set()
  const inside = { ...open, [rule]: within + 1 }
  const out = new Set<string>()
  for (const pieces of grammar[rule] ?? []) {
    let texts: readonly string[] = ['']
    for (const piece of pieces) {
      const next =
        typeof piece === 'string'
          ? [piece]
          : piece instanceof RegExp
            ? ['x', 'y']
            : [...derived(grammar, piece.rule, depth, inside)]
      texts = texts.flatMap((text) => next.map((more) => text + more))
    }
    for (const text of texts) out.add(text)
  }
  return out
}

const brackets: Grammar = { all: [[], ['(', { rule: 'all' }, ')', { rule: 'all' }]] }
const sums: Grammar = {
  sum: [[{ rule: 'term' }], [{ rule: 'sum' }, '+', { rule: 'term' }]],
  term: [[/x|y/u], ['(', { rule: 'sum' }, ')']],
}

describe('a grammar to a depth', () => {
  it.each([
    ['brackets', brackets, 'all', ['(', ')'], 8],
    ['sums, which recur on the left', sums, 'sum', ['x', 'y', '+', '(', ')'], 5],
  ] as const)('S20 has the texts of its derivations, and no others: %s', (_, grammar, start, alphabet, length) => {
    for (const depth of [0, 1, 2, 3]) {
      const wanted = derived(grammar, start, depth)
      const table = right(compile(right(contextFree(grammar, { start, depth }))))
      for (const word of wordsUpTo(alphabet.length, length)) {
        const text = word.map((symbol) => at(alphabet, symbol)).join('')
        expect([depth, text, meets(table, text)]).toEqual([depth, text, wanted.has(text)])
      }
    }
    expect(derived(grammar, start, 3).size).toBeGreaterThan(derived(grammar, start, 2).size)
  })

  it('guides texts of a model', async () => {
    const model = ngramModel(bigram(['(', ')'], 3))
    const constraint = right(contextFree(brackets, { start: 'all', depth: 3 }))
    const found = await run(smc(key(1), { particles: 64 })({ model, constraint, limit: 10 }))
    const closes = (text: string): boolean => {
      let open = 0
      for (const c of text) {
        open += c === '(' ? 1 : -1
        if (open < 0) return false
      }
      return open === 0
    }
    expect(found.texts.filter((text, i) => at(found.weights, i) > 0 && !closes(text))).toEqual([])
  })

  it('is refused without a rule, a depth or a text', () => {
    expect(left(contextFree(brackets, { start: 'some', depth: 1 })).what).toBe("the grammar has no rule 'some'")
    expect(left(contextFree({ a: [[{ rule: 'b' }]] }, { start: 'a', depth: 1 })).what).toBe(
      "the grammar has no rule 'b'",
    )
    expect(left(contextFree(brackets, { start: 'all', depth: -1 })).what).toBe('a depth of -1')
    expect(left(contextFree(brackets, { start: 'all', depth: 0.5 })).tag).toBe('Domain')
    const endless = right(contextFree({ a: [['x', { rule: 'a' }]] }, { start: 'a', depth: 5 }))
    expect(left(compile(endless)).what).toBe("no text meets the constraint (the grammar's a)")
    expect(left(contextFree({ a: [[/(x*)\1/u]] }, { start: 'a', depth: 0 })).tag).toBe('Automaton')
  })
})
