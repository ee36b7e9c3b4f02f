/**
 * Where a queue is: `redis://` or `rediss://`, with a password and the prefix of its keys. A password is in the connection alone:
 * what is shown, kept or told has none.
 */
import * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../../at.ts'
import { type Failure, usage } from '../../errors.ts'

/** A place of a queue. */
export interface QueueUrl {
  /** What a client connects to. */
  readonly url: string
  /** What all keys begin with. */
  readonly prefix: string
  /** The place without its password. */
  readonly shown: string
}

const PREFIX = /^[A-Za-z0-9_.-]{1,64}$/

/** What stands for a password. */
const HIDDEN = '***'

const EXAMPLE = 'write for example redis://127.0.0.1:6379, or rediss://user:password@host:6379/0?prefix=mine'

const hidden = (who: string): string => {
  const [user] = who.split(':')
  return `${who.includes(':') ? `${orElse(user, '')}:` : ''}${HIDDEN}@`
}

/**
 * An address without whatever may be a password in it, an address or not: what is before its last `@`, but for a scheme and a user, and
 * what its parameters are, but for the prefix.
 */
export const withoutPassword = (address: string): string =>
  address
    .replace(
      /^([a-z][a-z\d+.-]*:\/\/|\/\/)?([^]*)@/i,
      (_, scheme: string | undefined, who: string) => `${scheme ?? ''}${hidden(who)}`,
    )
    .replace(/([?&](?!prefix=)[^=&]*=)[^&]*/g, `$1${HIDDEN}`)

/** A text without what may be a password in the addresses of a Redis that stand in it. */
export const withoutPasswords = (text: string): string => text.replace(/\brediss?:\/\/\S+/gi, withoutPassword)

/** Whether each % of a text begins a character that it stands for. */
const isEscaped = (text: string): boolean => E.isRight(E.tryCatch(() => decodeURIComponent(text), E.toError))

const refused = (text: string, why: string): E.Either<Failure, never> =>
  E.left(usage(`--on ${withoutPassword(text)} ${why}`, EXAMPLE))

/**
 * The place that was typed. Left `Usage`, without the password.
 *
 * @example
 * import { queueUrl } from 'exptilt/node'
 * right(queueUrl('rediss://me:secret@example.org:6379/2?prefix=mine')).shown // => 'rediss://me:***@example.org:6379/2?prefix=mine'
 */
export const queueUrl = (text: string): E.Either<Failure, QueueUrl> => {
  if (!URL.canParse(text)) return refused(text, 'is no address')
  const url = new URL(text)
  const prefix = orElse(url.searchParams.get('prefix') ?? undefined, 'exptilt')
  const others = [...url.searchParams.keys()].filter((name) => name !== 'prefix')
  if (url.protocol !== 'redis:' && url.protocol !== 'rediss:') return refused(text, 'is no address of a Redis')
  if (url.hostname === '') return refused(text, 'names no host')
  if (others.length > 0) return refused(text, `says ${others.join(', ')}, which is not known`)
  if (!/^\/?\d*$/.test(url.pathname)) return refused(text, 'names no database by its number')
  if (!PREFIX.test(prefix)) return refused(text, 'has a prefix of other characters than letters, digits, . _ -')
  if (!isEscaped(url.username) || !isEscaped(url.password))
    return refused(text, 'has a % in its user or password that is not written %25')
  if (decodeURIComponent(url.password) === HIDDEN)
    return E.left(
      usage(`--on ${withoutPassword(text)} is without its password, which no file keeps`, 'type --on again with it'),
    )
  const shown = withoutPassword(text)
  url.search = ''
  return E.right({ url: url.href, prefix, shown })
}

/** Names in a line: those that it has room for. */
export const listed = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ')
