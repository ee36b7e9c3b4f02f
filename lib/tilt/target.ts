/**
 * What is sampled: `P(x) = q(x)^α · 1[x ∈ L] · e^{Σ_j w_j(x) − E(x)}` over token strings that end within a limit, `p = P/Z`, where
 * soft constraints give `w_j`.
 *
 * The law is of token strings; a text that has several tokenisations gets the sum of theirs, unless `tokenisation` keeps the tokenizer's
 * own alone. A string longer than the limit
 * has no mass: the model is *conditioned* on ending in time. Where ends are *forced* instead, what has as many tokens as the
 * limit is cut there, with the mass of all that could follow: another law.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Energy } from '../energy/energy.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp } from '../math.ts'
import { unknownName } from '../names.ts'
import type { ByteAutomaton } from './compile.ts'
import { type Constraint, constraint, classesBy } from './constraint.ts'
import { lift, type Lifted } from './lift.ts'
import type { Rows, TokenModel } from './model.ts'
import { compileSoft, type Soft } from './soft.ts'
import { lengthsOf, type TokenGraph, tokenGraph } from './twist.ts'

/** A tilt of a model. */
export interface Target {
  readonly model: TokenModel
  /** The language L; every string without it, even bytes that are no text. */
  readonly constraint?: Constraint
  /** What a text weighs by the languages that it is in: samplers look ahead to it, which they cannot do to an energy. */
  readonly soft?: readonly Soft[]
  /** E(x) in nats, of the whole text. */
  readonly energy?: Energy<string>
  /** The same of a text that goes on, where samplers weigh prefixes: of the best guess what is to come; `energy` unless given. */
  readonly prefixEnergy?: Energy<string>
  /** α; 1 unless given. Above 1 it sharpens the law of strings, which no temperature of tokens does. */
  readonly power?: number
  /** Most tokens of a text, its end not counted. */
  readonly limit: number
  /** Fewest tokens of a text, its end not counted; 0 unless given. */
  readonly least?: number
  /** Which token strings have mass: `every` one unless given, or the `canonical` one of each text, which the tokenizer gives. */
  readonly tokenisation?: 'every' | 'canonical'
  /** `conditioned` unless given. */
  readonly ending?: 'conditioned' | 'forced'
  /** u(v) [symbols], for twists: the first step of the model, mixed with the uniform law, unless given. */
  readonly surrogate?: Float64Array
}

/** A target made ready: its automaton over tokens, the surrogate, and the model's first row. */
export interface Prepared {
  readonly target: Target
  readonly constraint: Constraint
  readonly power: number
  readonly forced: boolean
  readonly least: number
  /** Whether a token string counts, where not every one does. */
  readonly canonical: TokenModel['canonical']
  readonly automaton: ByteAutomaton
  /** What ending in each state weighs by the soft constraints (nats) [states]. */
  readonly endings: Float64Array
  readonly lifted: Lifted
  readonly graph: TokenGraph
  readonly rows: Rows
  /** log u(end), nats. */
  readonly logStop: number
}

/**
 * Every byte string.
 *
 * @example
 * meets(right(compile(anything)), '') // => true
 */
export const anything: Constraint = constraint({
  name: 'anything',
  classes: classesBy(() => 0),
  start: 0,
  next: () => 0,
  accepts: () => true,
})

/** Most tokens of a text. */
const MOST_TOKENS = 2 ** 20

/** Share of the uniform law in the surrogate: every token keeps some mass, or a text that it rules out could not be drawn. */
const UNIFORM = 0.1

const surrogateOf = ({ texts, ends }: TokenModel, first: Float64Array): Float64Array => {
  const usable = texts.map((text, token) => text.length > 0 || ends.includes(token))
  const count = usable.filter(Boolean).length
  return first.map((log, token) => (at(usable, token) ? (1 - UNIFORM) * Math.exp(log) + UNIFORM / count : 0))
}

const numbersFailure = ({
  limit,
  least = 0,
  power = 1,
  model,
  surrogate,
  ending = 'conditioned',
  tokenisation = 'every',
}: Target): Failure | undefined => {
  const unknown = unknownName({
    ending: [ending, ['conditioned', 'forced']],
    tokenisation: [tokenisation, ['every', 'canonical']],
  })
  if (unknown !== undefined) return unknown
  const needed = ending === 'forced' ? limit - 1 : limit
  if (!Number.isInteger(limit) || limit < 1)
    return failure('Domain', `a limit of ${limit} tokens`, 'give a whole number from 1', { limit })
  if (limit > MOST_TOKENS)
    return failure('Limit', `a limit of ${limit} tokens`, `give at most ${MOST_TOKENS}`, { limit })
  if (!Number.isInteger(least) || least < 0 || least > limit)
    return failure(
      'Domain',
      `at least ${least} of at most ${limit} tokens`,
      'give a whole number from 0 to the limit',
      { least, limit },
    )
  if (tokenisation === 'canonical' && model.canonical === undefined)
    return failure(
      'Domain',
      'canonical tokenisations were asked of a model that has no tokenizer',
      'open it by languageModel or fromTransformers, or let every tokenisation count',
    )
  if (needed > model.context)
    return failure(
      'Domain',
      `texts of ${limit} tokens do not fit the model, which reads ${model.context} of them`,
      'give a lower limit or a shorter prompt',
      { limit, context: model.context },
    )
  if (!(power > 0 && power < Number.POSITIVE_INFINITY))
    return failure('Domain', `a power of ${power}`, 'give a number above 0', { power })
  if (surrogate !== undefined && surrogate.length !== model.texts.length)
    return failure(
      'Shape',
      `the surrogate has ${surrogate.length} probabilities for ${model.texts.length} symbols`,
      'give one a symbol',
    )
  if (
    surrogate?.every((p) => p >= 0 && p < Number.POSITIVE_INFINITY) === false ||
    surrogate?.some((p) => p > 0) === false
  )
    return failure('Domain', 'the surrogate is no law of symbols', 'give probabilities, one of them above 0 at least')
  return undefined
}

const spellable = (
  constraint: Constraint,
  { limit, least = 0 }: Target,
  graph: TokenGraph,
): E.Either<Failure, TokenGraph> => {
  const shortest = at(graph.distances, 0)
  if (shortest === Number.POSITIVE_INFINITY)
    return E.left(
      failure(
        'Support',
        `the model's tokens cannot spell a text that meets the constraint (${constraint.name})`,
        'use a constraint over characters that the vocabulary has, or another model',
        { constraint: constraint.name },
      ),
    )
  if (least > 0 && !lengthsOf(graph, limit).some((there, length) => there && length >= least))
    return E.left(
      failure(
        'Support',
        `no text that meets the constraint (${constraint.name}) has ${least} to ${limit} tokens`,
        'ask for fewer tokens, raise the limit, or loosen the constraint',
        { constraint: constraint.name, least, limit },
      ),
    )
  return shortest <= limit
    ? E.right(graph)
    : E.left(
        failure(
          'Support',
          `the shortest text that meets the constraint (${constraint.name}) has ${shortest} tokens, and the limit is ${limit}`,
          `raise the limit to ${shortest} or more`,
          { constraint: constraint.name, shortest, limit },
        ),
      )
}

/**
 * Makes a target ready. `Usage` for a name that is none, `Domain` and `Shape` for numbers that do not fit, `Domain` for soft weights that are not finite; `Support` when no text meets the constraint, when
 * the vocabulary cannot spell one, or none that short; `Limit` for an automaton that is too large.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const prepared = await run(prepare({ model, constraint: right(containingNone(['aa'])), limit: 8 }))
 * prepared.constraint.name // => 'none of the words \'aa\''
 */
export const prepare = (target: Target): TE.TaskEither<Failure, Prepared> => {
  const wrong = numbersFailure(target)
  if (wrong !== undefined) return TE.left(wrong)
  const { model, constraint = anything, soft = [], power = 1, ending = 'conditioned', least = 0, tokenisation } = target
  return pipe(
    TE.fromEither(compileSoft(constraint, soft)),
    TE.bindTo('compiled'),
    TE.bind('rows', () => model.begin),
    TE.chainEitherK(({ compiled: { automaton, endings }, rows }) => {
      const u = target.surrogate ?? surrogateOf(model, at(rows.logs, 0))
      const lifted = lift(automaton, model)
      return pipe(
        tokenGraph(lifted, u),
        E.flatMap((graph) => spellable(constraint, target, graph)),
        E.map((graph) => ({
          target,
          constraint,
          power,
          forced: ending === 'forced',
          least,
          canonical: tokenisation === 'canonical' ? model.canonical : undefined,
          automaton,
          endings,
          lifted,
          graph,
          rows,
          logStop: logSumExp(model.ends.map((end) => Math.log(at(u, end)))),
        })),
      )
    }),
  )
}
