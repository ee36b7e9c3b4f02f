/** Laws of samplers: the library's own keep them, and each law sees the bugs that it is for. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { enumerable } from '../../lib/energy/index.ts'
import { type Key, uniforms } from '../../lib/key.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { samplerLaws, type SamplerSubject } from '../../lib/laws/sampler.ts'
import { groupsOf } from '../../lib/laws/space.ts'
import { keepsLaws } from './kept.ts'

const points = ['a', 'b', 'c']
const probabilities = [0.5, 0.3, 0.2]
const logWeights = probabilities.map((p) => Math.log(p) + 7)
const base = enumerable({ points, probabilities })
const subject: SamplerSubject<string> = { draw: base.sample, points, logWeights }

const seen = async (draw: SamplerSubject<string>['draw']): Promise<readonly string[]> =>
  (await complaintsOf(samplerLaws({ ...subject, draw }))).map((found) => found.split(':')[0] ?? '')

describe('samplers of the library', () => {
  keepsLaws(samplerLaws(subject), 'a finite base: ')
})

describe('planted bugs', () => {
  const swapped = enumerable({ points, probabilities: [0.47, 0.33, 0.2] })

  it('a shift of .03 between two points is seen, with the cell and what the design sees', async () => {
    const found = await complaintsOf(samplerLaws({ ...subject, draw: swapped.sample }))
    expect(found[0]).toMatch(/^draws have the law: χ² of 3 cells: .*\(cell \d.*sees a total variation of 0\.02/)
  })

  it('draws that are given twice, one after the other, are seen though each has the law', async () => {
    const twice = (k: Key, n: number) =>
      TE.map((xs: readonly string[]) => xs.map((_, i) => at(xs, i - (i % 2))))(base.sample(k, n))
    expect(await seen(twice)).toEqual(['a draw does not depend on the one before'])
  })

  it('a sampler that forgets its key, or has none, is seen', async () => {
    let calls = 0
    expect(await seen((_k, n) => base.sample([1, 2], n))).toEqual([
      'equal keys give equal draws, and other keys others',
    ])
    expect(await seen((_k, n) => base.sample([1, calls++], n))).toEqual([
      'equal keys give equal draws, and other keys others',
    ])
  })

  it('a draw outside of the space is named, and a point that is listed twice; a sampler that fails says why', async () => {
    const stranger = (_k: Key, n: number) => TE.right(Array.from({ length: n }, () => 'd'))
    expect((await complaintsOf(samplerLaws({ ...subject, draw: stranger })))[0]).toContain('thing 0 is "d"')
    const again = { ...subject, points: ['a', 'b', 'a'] }
    expect((await complaintsOf(samplerLaws(again)))[0]).toContain('points 0 and 2 have the same name')
    const few = (k: Key) => base.sample(k, 10)
    const found = await complaintsOf(samplerLaws({ ...subject, draw: few }))
    expect(found).toHaveLength(3)
    for (const complaint of found) expect(complaint).toMatch(/: 10 draws where \d+ were asked for: the subject/)
  })

  it('a draw that is never to be is seen with probability 0', async () => {
    const rare = (k: Key, n: number) => TE.right(Array.from(uniforms(k, n), (u) => (u < 0.999 ? 'a' : 'b')))
    const [found = ''] = await complaintsOf(samplerLaws({ points: ['a', 'b'], logWeights: [0, -Infinity], draw: rare }))
    expect(found).toMatch(/^draws have the law: χ² of 2 cells: Infinity from n = \d+, p = 0\.00 < α = 1e-9 \(cell 1: /)
  })
})

describe('groups', () => {
  it('are the points themselves where these are few, else of nearly equal probability', () => {
    expect([...groupsOf([0.1, 0.9], 6)]).toEqual([0, 1])
    expect([...groupsOf([1, 1, 1, 1, 1, 1, 1, 1], 4)]).toEqual([0, 0, 1, 1, 2, 2, 3, 3])
    expect([...groupsOf([4, 1, 1, 1, 1], 2)]).toEqual([0, 1, 1, 1, 1])
  })
})
