/** Failures: one record, one sentence, and a thrown form that carries the record. */
import { describe, expect, it } from 'vitest'
import { codeOf, describeFailure, ExptiltError, failure, fileFailure, fromThrown, raise } from '../lib/errors.ts'
import { thrown } from './thrown.ts'

const example = failure('Shape', 'sum: there is no axis', 'use one that is there', { axis: 'z' })

describe('failures', () => {
  it('are data, and one sentence for a person', () => {
    expect(example).toEqual({
      tag: 'Shape',
      what: 'sum: there is no axis',
      remedy: 'use one that is there',
      facts: { axis: 'z' },
    })
    expect(describeFailure(example)).toBe('sum: there is no axis: use one that is there.')
    expect(failure('Usage', 'a', 'b').facts).toEqual({})
  })

  it('are a short sentence whatever a person gave', () => {
    const told = describeFailure(failure('Usage', `--x ${'y'.repeat(1e6)} is wrong`, 'give another'))
    expect(told.length).toBeLessThan(700)
    expect(told).toMatch(/^--x y+ … y+ is wrong: give another\.$/)
  })

  it('write out what a terminal would obey', () => {
    const told = describeFailure(failure('Usage', '--x \u001b[31m\r\u0007é\u009b is\na\tword', 'give another'))
    expect(told).toBe('--x \\x1b[31m\\x0d\\x07é\\x9b is\na\tword: give another.')
  })

  it('are thrown as an error named after the kind', () => {
    const error = new ExptiltError(example)
    expect([error.name, error.message, error.failure]).toEqual(['ShapeError', describeFailure(example), example])
    expect(thrown(() => raise(example))).toBe(example)
  })

  it('come back from anything caught', () => {
    const caught = fromThrown('Runtime', 'try again')
    expect(caught(new ExptiltError(example))).toBe(example)
    expect(caught(new RangeError('too long'))).toEqual(failure('Runtime', 'too long', 'try again'))
    expect(caught('a word')).toEqual(failure('Runtime', 'a word', 'try again'))
  })

  it('of files name the path, and the remedy for the code of the system', () => {
    const caught = fileFailure({ ENOSPC: 'free some space' }, 'check the path')('write', 'a/b')
    const full = Object.assign(new Error('no space'), { code: 'ENOSPC' })
    const facts = { action: 'write', path: 'a/b' }
    expect(caught(full)).toEqual(
      failure('Storage', 'cannot write a/b (ENOSPC)', 'free some space', { ...facts, code: 'ENOSPC' }),
    )
    expect(caught('a word')).toEqual(
      failure('File', 'cannot write a/b (unknown)', 'check the path', { ...facts, code: 'unknown' }),
    )
    expect(codeOf(Object.assign(new Error('odd'), { code: 7 }))).toBe('unknown')
  })
})
