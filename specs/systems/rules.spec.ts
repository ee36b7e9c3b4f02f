/** Rules for option records: the first thing wrong, in one sentence. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { checkedBy, firstOf, usage, wholeNumber } from '../../lib/systems/rules.ts'

interface Options {
  readonly rows: number
  readonly name: string
}

const rule = firstOf<Options>([
  wholeNumber<Options>('--rows', 1, 9, 'give for example --rows 3')(({ rows }) => rows),
  ({ name }) => (name === '' ? usage('--name is empty', 'give one') : undefined),
])

describe('rules', () => {
  it('let pass what is right, as it is', () => {
    const options = { rows: 9, name: 'a' }
    expect(checkedBy(rule)(options)).toEqual(E.right(options))
  })

  it('name the first thing that is wrong', () => {
    for (const rows of [0, 10, 1.5, Number.NaN])
      expect(rule({ rows, name: '' })).toEqual(
        usage(`--rows ${rows} is not a whole number from 1 to 9`, 'give for example --rows 3', {
          given: rows,
          least: 1,
          most: 9,
        }),
      )
    expect(checkedBy(rule)({ rows: 1, name: '' })).toEqual(E.left(usage('--name is empty', 'give one')))
  })
})
