/** Laws of automata and of what rewrites them: the library's own keep them, and each law sees the bugs that it is for. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { type Automaton, automaton, partsOf } from '../../lib/automata/automaton.ts'
import { geometricNoise } from '../../lib/automata/build.ts'
import { reverse } from '../../lib/automata/reverse.ts'
import { trim } from '../../lib/automata/trim.ts'
import { weightOf } from '../../lib/automata/word.ts'
import { DEAD_CYCLE } from '../../lib/laws/arbitraries/automata.ts'
import { automatonLaws, rewriteLaws, type RewriteSubject } from '../../lib/laws/automaton.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { real } from '../../lib/semiring.ts'
import { right } from '../either.ts'
import { keepsLaws } from './kept.ts'

const noise = right(geometricNoise(0.5)(['a', 'b']))
const weight = (word: ArrayLike<number>): number => 0.5 * 0.25 ** word.length

const changed = (a: Automaton<number>, change: (w: number, i: number) => number): Automaton<number> => {
  const parts = partsOf(a)
  return automaton(real)({ ...parts, arcs: parts.arcs.map((arc, i) => ({ ...arc, weight: change(arc.weight, i) })) })
}

describe('automata', () => {
  keepsLaws(automatonLaws({ automaton: noise, weight }))

  it('whose rows are no probabilities, that cannot stop, or have other weights, are seen', async () => {
    const more = changed(noise, (w, i) => (i === 0 ? w + 0.3 : w))
    expect((await complaintsOf(automatonLaws({ automaton: more, weight }))).map((x) => x.split(':')[0])).toEqual([
      'each state’s weights are probabilities, and from each a stop can be reached',
      'strings up to a length have at most all of the mass',
      'each string has the weight that it should have',
    ])
    expect((await complaintsOf(automatonLaws({ automaton: DEAD_CYCLE })))[0]).toMatch(/cannot stop|stop/)
    const swapped = changed(noise, (w, i) => w + (i === 0 ? 0.1 : -0.1))
    const [found = ''] = await complaintsOf(automatonLaws({ automaton: swapped, weight }))
    expect(found).toMatch(/^each string has the weight .*: 'a' has weight 0\.175, not 0\.125 \(tolerance 1e-11\); 'b' /)
    expect(await complaintsOf(automatonLaws({ automaton: more, stochastic: false }))).toEqual([])
  })
})

describe('what rewrites automata', () => {
  keepsLaws(rewriteLaws({ rewrite: (a) => E.right(trim(real)(a)) }), 'W16: trimming: ')
  keepsLaws(
    rewriteLaws({
      rewrite: (a) => E.right(reverse(real)(a)),
      weight: (_w, word, before) => weightOf(real)(before)(Array.from(word).reverse()),
    }),
    'W16: reversing: ',
  )

  it('but changes a weight, drops a start, or fails, is seen with the automaton', async () => {
    const seen = async (rewrite: RewriteSubject['rewrite']): Promise<string> =>
      at(await complaintsOf(rewriteLaws({ rewrite })), 0)
    expect(await seen((a) => E.right(changed(a, (w, i) => (i === 0 ? 2 * w : w))))).toMatch(
      /^every string .*: '[01]+' has weight \S+, not \S+ \(tolerance 1e-11\), in \{"alphabet":\["0","1"\].*; counterexample/,
    )
    const first = (a: Automaton<number>) => ({ ...partsOf(a), start: partsOf(a).start.slice(0, 1) })
    expect(await seen((a) => E.right(automaton(real)(first(a))))).toContain('has weight')
    expect(
      await seen((a) =>
        a.states > 2 ? E.left({ tag: 'Limit', what: 'too many', remedy: 'no', facts: {} }) : E.right(a),
      ),
    ).toContain('too many: no.')
  })
})
