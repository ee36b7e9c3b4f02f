/**
 * Failures: one tagged record for everything that can go wrong, so that every message names the thing and the remedy.
 *
 * Pure functions return `Either<Failure, A>`, effects `TaskEither<Failure, A>`. A programmer's error (a size mismatch
 * found when an expression is built) is thrown as an `ExptiltError` that carries the same record.
 */
/** The kinds of failure. A new kind is added here and nowhere else. */
export const failureTags = [
  'Shape',
  'Index',
  'DType',
  'Domain',
  'Automaton',
  'NotTight',
  'Diverges',
  'Support',
  'Boundary',
  'RejectionBudget',
  'BadEnvelope',
  'NoAdapter',
  'SelfTest',
  'Limit',
  'OutOfMemory',
  'DeviceLost',
  'WorkerLost',
  'Queue',
  'ShaderCompilation',
  'Runtime',
  'NonFinite',
  'Feed',
  'File',
  'Storage',
  'InUse',
  'Format',
  'Checkpoint',
  'Fetch',
  'Interrupted',
  'Usage',
  'Law',
] as const

/** A kind of failure. */
export type FailureTag = (typeof failureTags)[number]

/** What went wrong (`what`), what to do about it (`remedy`), and the facts as data. */
export interface Failure {
  readonly tag: FailureTag
  readonly what: string
  readonly remedy: string
  readonly facts: Readonly<Record<string, unknown>>
}

/**
 * Builds a failure. `what` names the thing, `remedy` the way out; both are sentences without a final full stop.
 *
 * @example
 * failure('Usage', '--n 0 is no size', 'give 1 or more').tag // => 'Usage'
 */
export const failure = (
  tag: FailureTag,
  what: string,
  remedy: string,
  facts: Readonly<Record<string, unknown>> = {},
): Failure => ({ tag, what, remedy, facts })

/** What was asked for cannot be: `Usage`. */
export const usage = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Usage', what, remedy, facts)

/** The most characters that a person is told of what is wrong. */
const LONGEST_WHAT = 600

/** Control characters but tabs and line ends: a terminal would do what they say. */
const CONTROL = /[^\P{Cc}\t\n]/gu

const escaped = (character: string): string => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`

/** A text that names what a person gave, whatever it holds: the middle of a long one is left out, what a terminal would obey is written out. */
const bounded = (what: string): string =>
  (what.length <= LONGEST_WHAT ? what : `${what.slice(0, 400)} … ${what.slice(-150)}`).replace(CONTROL, escaped)

/**
 * One sentence for a person: `what: remedy.`
 *
 * @example
 * describeFailure(failure('Usage', '--n 0 is no size', 'give 1 or more')) // => '--n 0 is no size: give 1 or more.'
 */
export const describeFailure = (f: Failure): string => `${bounded(f.what)}: ${f.remedy}.`

/**
 * The thrown form of a failure, for programmer's errors found while an expression is built.
 *
 * @example
 * new ExptiltError(failure('Usage', 'a', 'b')).failure.remedy // => 'b'
 */
export class ExptiltError extends Error {
  readonly failure: Failure
  constructor(f: Failure) {
    super(describeFailure(f))
    this.name = `${f.tag}Error`
    this.failure = f
  }
}

/** Throws a failure as an `ExptiltError`. */
export const raise = (f: Failure): never => {
  throw new ExptiltError(f)
}

/** What was caught, in words. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))

/** The first line of what was caught. */
export const reasonOf = (thrown: unknown): string => messageOf(thrown).replace(/\n.*$/su, '')

/** Turns anything caught into a failure; an `ExptiltError` keeps its own record. */
export const fromThrown =
  (tag: FailureTag, remedy: string) =>
  (thrown: unknown): Failure =>
    thrown instanceof ExptiltError ? thrown.failure : failure(tag, messageOf(thrown), remedy)

/** The system's code of something caught, such as `ENOENT`; `unknown` where it has none. */
export const codeOf = (thrown: unknown): string =>
  thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : 'unknown'

/** Whether a system's code says that there is no room: nobody's wrong input. */
export const isFull = (code: string): boolean => code === 'ENOSPC' || code === 'EDQUOT'

/**
 * Turns what a file operation threw into a `File` failure that names the path, or `Storage` where there is no room; the remedy is
 * its code's, or `otherwise`.
 */
export const fileFailure =
  (remedies: Readonly<Record<string, string>>, otherwise: string) =>
  (action: string, path: string) =>
  (thrown: unknown): Failure => {
    const code = codeOf(thrown)
    return failure(
      isFull(code) ? 'Storage' : 'File',
      `cannot ${action} ${path} (${code})`,
      Object.hasOwn(remedies, code) ? String(remedies[code]) : otherwise,
      {
        action,
        path,
        code,
      },
    )
  }
