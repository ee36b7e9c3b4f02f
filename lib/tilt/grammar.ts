/**
 * Context-free grammars to a stated depth: how often a rule may occur within itself. So bounded, the language is a regular one
 * and becomes an automaton; without a bound it would be none.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { field } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { type Constraint, literal, named, nothing } from './constraint.ts'
import { matching } from './pattern.ts'
import { concatenation, union } from './rational.ts'
import { depthFailure } from './schema-values.ts'

/** A piece of a rule: a text, a regular expression that is matched whole, or another rule. */
export type GrammarPart = string | RegExp | { readonly rule: string }

/** Rules by name: each has alternatives, each a list of pieces one after the other (none: the empty text). */
export type Grammar = Readonly<Record<string, readonly (readonly GrammarPart[])[]>>

/** Where to begin, and how often a rule may occur within itself (0: never). */
export interface GrammarOptions {
  readonly start: string
  readonly depth: number
}

const stranger = (grammar: Grammar, { start }: GrammarOptions): string | undefined =>
  [
    start,
    ...Object.values(grammar).flatMap((alternatives) =>
      alternatives.flat().flatMap((part) => (typeof part === 'string' || part instanceof RegExp ? [] : [part.rule])),
    ),
  ].find((rule) => !Object.hasOwn(grammar, rule))

/** How often each rule is open, as a name. */
const nameOf = (open: ReadonlyMap<string, number>, rule: string): string =>
  `${rule} ${[...open]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => `${name}=${count}`)
    .join()}`

/**
 * The texts that a grammar derives without a rule more than `depth` times within itself. `Domain` for a rule that is used and not
 * there and for a depth that is none; failures of regular expressions as those of `matching`.
 *
 * @example
 * const nested = right(contextFree({ pair: [[], ['(', { rule: 'pair' }, ')']] }, { start: 'pair', depth: 3 }))
 * meets(right(compile(nested)), '(())') // => true
 * meets(right(compile(nested)), '(()') // => false
 */
export const contextFree = (grammar: Grammar, options: GrammarOptions): E.Either<Failure, Constraint> => {
  const { start, depth } = options
  const missing = stranger(grammar, options)
  if (missing !== undefined)
    return E.left(
      failure(
        'Domain',
        `the grammar has no rule '${missing}'`,
        `write one, or use one of: ${Object.keys(grammar).join(', ')}`,
      ),
    )
  const wrong = depthFailure(depth)
  if (wrong !== undefined) return E.left(wrong)
  const known = new Map<string, E.Either<Failure, Constraint>>()
  const of = (rule: string, open: ReadonlyMap<string, number>): E.Either<Failure, Constraint> => {
    const within = open.get(rule) ?? -1
    if (within >= depth) return E.right(nothing)
    const inside = new Map(open).set(rule, within + 1)
    const name = nameOf(inside, rule)
    const found = known.get(name)
    if (found !== undefined) return found
    const part = (piece: GrammarPart): E.Either<Failure, Constraint> =>
      typeof piece === 'string'
        ? E.right(literal(piece))
        : piece instanceof RegExp
          ? matching(piece)
          : of(piece.rule, inside)
    const made = pipe(
      field(grammar, rule),
      E.traverseArray((pieces) =>
        pipe(
          pieces,
          E.traverseArray(part),
          E.map((parts) => (parts.includes(nothing) ? nothing : concatenation(parts))),
        ),
      ),
      E.map((alternatives) => {
        const some = alternatives.filter((each) => each !== nothing)
        return some.length === 0 ? nothing : union(some)
      }),
    )
    known.set(name, made)
    return made
  }
  return pipe(
    of(start, new Map()),
    E.map((c) => named(`the grammar's ${start}`, c)),
  )
}
