/**
 * Files and settings from outside, as typed values: text → JSON (strict) → an io-ts codec. What does not fit is drawn as
 * a tree: each place, what was expected there, what was found.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as Tree from 'fp-ts/lib/Tree.js'
import * as t from 'io-ts'

import { type Failure, failure } from '../errors.ts'
import { restored } from './exact-json.ts'
import { fileLimits, scanJson } from './json-scanner.ts'
import { summary } from './quoted.ts'
import { isIntersection, isUnion, wanted } from './wanted.ts'

/** One misfit: the way to it (fields and indices) and what was expected and found there. */
interface Misfit {
  readonly path: readonly string[]
  readonly text: string
}

const MOST_DRAWN = 24

/** A step into an intersection leads to the same place; a step into a union names the alternative. */
const step = (entry: t.ContextEntry, parent: t.ContextEntry | undefined): readonly string[] =>
  parent !== undefined && isIntersection(parent.type)
    ? []
    : parent !== undefined && isUnion(parent.type)
      ? [`as ${wanted(entry.type)}`]
      : [/^\d+$/.test(entry.key) ? `[${entry.key}]` : entry.key]

/** A misfit; one of a whole alternative is a misfit of the choice: `whole`. */
const misfit = ({ context, message, value }: t.ValidationError): Misfit & { readonly whole: boolean } => {
  const path = context.slice(1).flatMap((entry, i) => step(entry, context[i]))
  const [choice, entry] = context.slice(-2)
  const whole = message === undefined && choice !== undefined && entry !== undefined && isUnion(choice.type)
  const expected = (whole ? choice : context.at(-1))?.type
  return {
    path: whole ? path.slice(0, -1) : path,
    text: message ?? `expected ${expected === undefined ? 'another value' : wanted(expected)}, found ${summary(value)}`,
    whole,
  }
}

const beginsWith = (path: readonly string[], start: readonly string[]): boolean =>
  path.length > start.length && start.every((each, i) => path[i] === each)

/** The misfits worth drawing: that of a choice only where none of its alternatives was near enough to fail further in. */
const worthDrawing = (errors: t.Errors): readonly Misfit[] => {
  const all = errors.slice(0, MOST_DRAWN).map(misfit)
  return all.filter(({ path, whole }) => !whole || !all.some((other) => beginsWith(other.path, path)))
}

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

/** Draws a codec's errors as a tree, in words for people, under the name of the thing that was read; at most 24 places. */
const drawErrors =
  (subject: string) =>
  (errors: t.Errors): string =>
    Tree.drawTree(grow(subject, worthDrawing(errors))) +
    (errors.length > MOST_DRAWN ? `\n… and ${errors.length - MOST_DRAWN} more` : '')

/**
 * Decodes a value that is already in memory; `subject` names it in messages (`'automaton'`, `'config gam.json'`).
 * Left `Format`: the tree of misfits is in the remedy, and in `facts.tree`.
 *
 * @example
 * decodeAs(t.type({ order: t.number }), 'config')({ order: 'two' })   // config └─ order: expected a number, found "two"
 */
export const decodeAs =
  <A>(codec: t.Decoder<unknown, A>, subject: string) =>
  (value: unknown): E.Either<Failure, A> =>
    pipe(
      codec.decode(value),
      E.mapLeft((errors) => {
        const tree = drawErrors(subject)(errors)
        const misfits = new Set(worthDrawing(errors).map(({ path }) => path.join('/'))).size
        const places = errors.length > MOST_DRAWN ? 'many places' : misfits === 1 ? 'one place' : `${misfits} places`
        return failure(
          'Format',
          `${subject} is not what it should be in ${places}`,
          `correct what is drawn here\n${tree}`,
          {
            tree,
          },
        )
      }),
    )

/** Decodes JSON text (a byte order mark before it is passed over): `Format` for text that is not strict JSON (with line and column) or does not fit the codec. */
export const decodeJson =
  <A>(codec: t.Decoder<unknown, A>, subject: string) =>
  (text: string): E.Either<Failure, A> =>
    pipe(
      text.replace(/^\ufeff/u, ''),
      scanJson(fileLimits),
      E.mapLeft((f) => ({ ...f, what: `${subject}: ${f.what}` })),
      E.map(restored),
      E.chain(decodeAs(codec, subject)),
    )
