/** Addresses of queues: what is said of them never holds a password. */
import { describe, expect, it } from 'vitest'
import { describeFailure } from '../../../lib/errors.ts'
import { queueUrl, withoutPassword } from '../../../lib/scale/queue/url.ts'
import { left, right } from '../../either.ts'

describe('the address of a queue', () => {
  it('has a place, a prefix, and what is shown of it', () => {
    expect(right(queueUrl('redis://127.0.0.1:6379'))).toEqual({
      url: 'redis://127.0.0.1:6379',
      prefix: 'exptilt',
      shown: 'redis://127.0.0.1:6379',
    })
    expect(right(queueUrl('rediss://me:s%40cret@host:6380/2?prefix=team-1'))).toEqual({
      url: 'rediss://me:s%40cret@host:6380/2',
      prefix: 'team-1',
      shown: 'rediss://me:***@host:6380/2?prefix=team-1',
    })
  })

  it.each([
    'host:6379',
    'http://me:secret@host',
    'redis://me:secret@host/abc',
    'redis://me:secret@host/0?prefix=a/../b',
    'redis://me:secret@host/0?prefix=a%20b',
    'redis://me:secret@host/0?tls=no',
    'redis://me:***@host',
    'redis://:secret@',
    'redis://a:secret@b:secret@host/x',
    '//me:secret@',
  ])('%s is none, and its password is not told', (text) => {
    const found = left(queueUrl(text))
    expect(found.tag).toBe('Usage')
    expect(`${describeFailure(found)} ${JSON.stringify(found.facts)}`).not.toContain('secret')
  })

  it.each([
    ['redis://:pw@h', 'redis://:***@h'],
    ['redis://token@h', 'redis://***@h'],

    ['redis://h:1/0', 'redis://h:1/0'],
  ])('%s is shown as %s', (text, shown) => expect(withoutPassword(text)).toBe(shown))
})
