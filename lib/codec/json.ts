/**
 * Files and settings from outside, as typed values: text → JSON (strict) → an io-ts codec. What does not fit is drawn as
 * a tree: each place, what was expected there, what was found.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as Tree from 'fp-ts/lib/Tree.js'
import * as t from 'io-ts'
import { lastOf } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { restored } from './exact-json.ts'
import { fileLimits, scanJson } from './json-scanner.ts'
import { summary } from './quoted.ts'

/** One misfit: the way to it (fields and indices) and what was expected and found there. */
interface Misfit {
  readonly path: readonly string[]
  readonly text: string
}

const MOST_DRAWN = 24

/** A step into an intersection leads to the same place; a step into a union names the alternative. */
const step = (entry: t.ContextEntry, parent: t.ContextEntry | undefined): readonly string[] =>
  parent?.type instanceof t.IntersectionType
    ? []
    : parent?.type instanceof t.UnionType
      ? [`as ${entry.type.name}`]
      : [/^\d+$/.test(entry.key) ? `[${entry.key}]` : entry.key]

const misfit = ({ context, message, value }: t.ValidationError): Misfit => ({
  path: context.slice(1).flatMap((entry, i) => step(entry, context[i])),
  text: message ?? `expected ${lastOf(context).type.name}, found ${summary(value)}`,
})

const grow = (root: string, misfits: readonly Misfit[]): Tree.Tree<string> => {
  const here = misfits.filter(({ path }) => path.length === 0).map(({ text }) => text)
  const branches = [...new Set(misfits.flatMap(({ path }) => path.slice(0, 1)))]
  return Tree.make(
    here.length === 0 ? root : `${root}: ${[...new Set(here)].join('; ')}`,
    branches.map((branch) =>
      grow(
        branch,
        misfits.filter(({ path }) => path[0] === branch).map(({ path, text }) => ({ path: path.slice(1), text })),
      ),
    ),
  )
}

/** Draws io-ts errors as a tree under the name of the thing that was read; at most 24 places. */
export const drawErrors =
  (subject: string) =>
  (errors: t.Errors): string =>
    Tree.drawTree(grow(subject, errors.slice(0, MOST_DRAWN).map(misfit))) +
    (errors.length > MOST_DRAWN ? `\n… and ${errors.length - MOST_DRAWN} more` : '')

/**
 * Decodes a value that is already in memory; `subject` names it in messages (`'automaton'`, `'config gam.json'`).
 * Left `Format`: the tree of misfits is in the remedy, and in `facts.tree`.
 *
 * @example
 * decodeAs(t.type({ order: t.number }), 'config')({ order: 'two' })   // config └─ order: expected number, found "two"
 */
export const decodeAs =
  <A>(codec: t.Decoder<unknown, A>, subject: string) =>
  (value: unknown): E.Either<Failure, A> =>
    pipe(
      codec.decode(value),
      E.mapLeft((errors) => {
        const tree = drawErrors(subject)(errors)
        const places = errors.length === 1 ? 'one place' : `${errors.length} places`
        return failure(
          'Format',
          `${subject} does not fit ${codec.name} in ${places}`,
          `correct what is drawn here\n${tree}`,
          {
            tree,
          },
        )
      }),
    )

/** Decodes JSON text, also that of `exactJson`: `Format` for text that is not strict JSON (with line and column) or does not fit the codec. */
export const decodeJson =
  <A>(codec: t.Decoder<unknown, A>, subject: string) =>
  (text: string): E.Either<Failure, A> =>
    pipe(
      text,
      scanJson(fileLimits),
      E.mapLeft((f) => ({ ...f, what: `${subject}: ${f.what}` })),
      E.map(restored),
      E.chain(decodeAs(codec, subject)),
    )
