/** Everything exact about a PFSA in one record: what `npx exptilt pfsa` prints. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import { real } from '../semiring.ts'
import { type Automaton, type Language, support } from './automaton.ts'
import { BINARY, whiteNoise } from './build.ts'
import type { Certified } from './certificate.ts'
import { condition } from './condition.ts'
import { countOfLength, countStrings, ratio } from './count.ts'
import { determinisePfsa } from './determinise.ts'
import { entropy, pathEntropy } from './entropy.ts'
import { complement, deterministic } from './language.ts'
import { disjointMixture } from './mixture.ts'
import { meanLength } from './moments.ts'
import { motifAutomaton } from './motif.ts'
import { type Pfsa, pfsa } from './pfsa.ts'
import { checkedLength } from './word.ts'

/**
 * White noise of `length` symbols that contains `motif`; with `mixture` = α, α of that and 1 − α of the noise that does
 * not contain it. `alphabet` defaults to {0, 1}.
 */
export interface MotifRequest {
  readonly motif: string | readonly string[]
  readonly length: number
  readonly mixture?: number | undefined
  readonly alphabet?: readonly string[] | undefined
}

/**
 * The facts. `strings` is the exact number of strings (of strings with the motif, for a motif) in decimal digits, or
 * 'infinite'; `relativeFrequency` their share of all strings of the length, null for an automaton; `entropy` in nats,
 * `entropyPerSymbol = entropy/(meanLength + 1)`, the end counted; `residual`, `spectralRadius` and `errorBound` are
 * the entropy's certificate.
 */
export interface PfsaDescription {
  readonly strings: string
  readonly relativeFrequency: number | null
  readonly entropy: number
  readonly entropyPerSymbol: number
  readonly meanLength: number
  readonly states: number
  readonly spectralRadius: number
  readonly residual: number
  readonly errorBound: number
}

const describe = (
  a: Pfsa,
  strings: string,
  relativeFrequency: number | null,
  solved: E.Either<Failure, Certified>,
): E.Either<Failure, PfsaDescription> =>
  pipe(
    E.Do,
    E.bind('solved', () => solved),
    E.bind('length', () => meanLength(a)),
    E.map(({ solved: { value, certificate }, length }) => ({
      strings,
      relativeFrequency,
      entropy: value,
      entropyPerSymbol: value / (length.value + 1),
      meanLength: length.value,
      states: a.states,
      spectralRadius: certificate.spectralRadius,
      residual: certificate.residual,
      errorBound: certificate.errorBound,
    })),
  )

const checkRequest = ({ motif, length, mixture }: MotifRequest): E.Either<Failure, void> => {
  const size = Array.from(motif).length
  const counted = checkedLength(length)
  if (E.isLeft(counted)) return counted
  if (size > length)
    return E.left(
      failure(
        'Domain',
        `the motif has ${size} symbols and the strings have ${length}, so none contains it`,
        `use a length of at least ${size}`,
        { motif, length },
      ),
    )
  return mixture === undefined || (mixture >= 0 && mixture <= 1)
    ? E.right(undefined)
    : E.left(failure('Domain', `the mixture weight ${mixture} is not in [0, 1]`, 'use a probability', { mixture }))
}

/** The distribution that a request asks for; its parts are disjoint and deterministic, so path entropy is entropy. */
const requested = (noise: Pfsa, motif: Language, mixture: number | undefined): E.Either<Failure, Pfsa> => {
  const part = (language: Language) =>
    pipe(
      condition(language)(noise),
      E.map((n) => n.pfsa),
    )
  if (mixture === undefined || mixture === 1) return part(motif)
  if (mixture === 0) return part(complement(motif))
  return pipe(
    E.Do,
    E.bind('inside', () => part(motif)),
    E.bind('outside', () => part(complement(motif))),
    E.flatMap(({ inside, outside }) => disjointMixture(mixture)(outside)(inside)),
  )
}

/** The distribution that a request asks for, as a PFSA. Failures as in `describePfsa`. */
export const motifProcess = (request: MotifRequest): E.Either<Failure, Pfsa> => {
  const { length, mixture, alphabet = BINARY } = request
  return pipe(
    checkRequest(request),
    E.flatMap(() => motifAutomaton(request.motif)(alphabet)),
    E.bindTo('motif'),
    E.bind('noise', () => whiteNoise(length)(alphabet)),
    E.flatMap(({ noise, motif }) => requested(noise, motif, mixture)),
  )
}

const describeMotif = (request: MotifRequest): E.Either<Failure, PfsaDescription> => {
  const { length, mixture, alphabet = BINARY } = request
  return pipe(
    checkRequest(request),
    E.flatMap(() => motifAutomaton(request.motif)(alphabet)),
    E.bindTo('motif'),
    E.bind('noise', () => whiteNoise(length)(alphabet)),
    E.bind('count', ({ motif }) => countOfLength(length)(motif)),
    E.bind('asked', ({ noise, motif }) => requested(noise, motif, mixture)),
    E.flatMap(({ count, asked }) =>
      describe(asked, String(count), ratio(count, BigInt(alphabet.length) ** BigInt(length)), pathEntropy(asked)),
    ),
  )
}

const countText = (language: Language): E.Either<Failure, string> =>
  pipe(
    countStrings(language),
    E.map(String),
    E.orElse((f) => (f.tag === 'Diverges' ? E.right('infinite') : E.left(f))),
  )

const describeAutomaton = (a: Automaton<number>): E.Either<Failure, PfsaDescription> =>
  pipe(
    pfsa(a),
    E.flatMap((valid) => (E.isRight(deterministic(real)(valid)) ? E.right(valid) : determinisePfsa()(valid))),
    E.flatMap((single) =>
      pipe(
        countText(support(real)(single)),
        E.flatMap((strings) => describe(single, strings, null, entropy(single))),
      ),
    ),
  )

/**
 * Describes a motif's distribution or any PFSA (one that is not deterministic is determinised first).
 * Failures: `Automaton` (a symbol outside the alphabet, an empty motif, rows that do not sum to 1), `Domain` (motif longer
 * than the strings, mixture weight outside [0, 1]), `NotTight`, `Support`, `Limit`.
 *
 * @example
 * const facts = right(describePfsa({ motif: '101', length: 4 }))
 * facts.strings // => '4'
 * facts.entropy / Math.LN2 // => 2
 */
export const describePfsa = (request: MotifRequest | Automaton<number>): E.Either<Failure, PfsaDescription> =>
  'rowPointers' in request ? describeAutomaton(request) : describeMotif(request)
