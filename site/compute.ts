/**
 * What the playground computes, as functions of plain data: a machine with everything that is exact about it, and a tilt with
 * its exact law beside an estimate. Nothing here knows the page; it runs in a worker, and in specs.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as automata from 'exptilt/automata'
import * as energy from 'exptilt/energy'
import { at } from '../lib/at.ts'
import { alphabetOf } from '../lib/data/strings.ts'
import { describeFailure, type Failure, failure, usage } from '../lib/errors.ts'
import { fold, key } from '../lib/key.ts'
import * as semiring from '../lib/semiring.ts'
import { bounded, patternOf, seedOf, whole } from './check.ts'

/** Strings of a length over an alphabet that match a regular expression, or that hold a motif. */
export interface MachineRequest {
  readonly kind: 'machine'
  readonly source: string
  readonly literal: boolean
  readonly alphabet: string
  readonly length: number
  readonly seed: number
}

/** A machine to be drawn: arcs with all their symbols. State 0 is the start. */
export interface Drawing {
  readonly states: number
  readonly start: number
  readonly accepting: readonly number[]
  readonly arcs: readonly { readonly from: number; readonly to: number; readonly label: string }[]
}

/** Everything exact about the strings; entropies in bits. */
export interface MachineAnswer {
  readonly kind: 'machine'
  readonly states: number
  readonly drawing: Drawing | undefined
  readonly strings: string
  readonly share: number
  readonly entropy: number
  readonly bitsPerSymbol: number
  readonly errorBound: number
  readonly samples: readonly string[]
}

/** A base tilted by features: by given λ, or so that the features have given probabilities. */
export interface TiltRequest {
  readonly kind: 'tilt'
  /** Lines of text whose bigram model is the base; white noise over 0 and 1 where there are none. */
  readonly text: string
  readonly length: number
  readonly features: readonly string[]
  readonly mode: 'lambda' | 'moments'
  readonly values: readonly number[]
  readonly draws: number
  readonly seed: number
}

/** An estimate of log Z (nats) from the first n draws. */
export interface Estimate {
  readonly n: number
  readonly value: number
  readonly low: number
  readonly high: number
  readonly doubts: readonly string[]
}

/** A feature: its λ, and its probability under the base, under the exact law, and as estimated from draws of the base. */
export interface FeatureAnswer {
  readonly name: string
  readonly lambda: number
  readonly base: number
  readonly exact: number
  readonly estimated: number
}

/** The tilt. log Z in nats, entropies in bits. */
export interface TiltAnswer {
  readonly kind: 'tilt'
  readonly logPartition: number
  readonly features: readonly FeatureAnswer[]
  readonly estimates: readonly Estimate[]
  readonly baseEntropy: number
  readonly entropy: number
  readonly baseSamples: readonly string[]
  readonly samples: readonly string[]
}

/** Any request, and its answer. */
export type Request = MachineRequest | TiltRequest
/** What answers a request. */
export type Answer = MachineAnswer | TiltAnswer

/** Bounds of what a page asks: symbols, length, text, states that are drawn. */
export const LIMITS = { symbols: 64, length: 200, text: 1_000_000, drawn: 40, features: 6 } as const

const SAMPLES = 8

const alphabetFrom = (text: string): E.Either<Failure, readonly string[]> => {
  const { symbols } = alphabetOf([text])
  return symbols.length >= 1 && symbols.length <= LIMITS.symbols
    ? E.right(symbols)
    : E.left(usage(`the alphabet has ${symbols.length} symbols`, `give 1 to ${LIMITS.symbols} different characters`))
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/gu, '\\$&')

const drawingOf = (language: automata.Language): E.Either<Failure, Drawing | undefined> =>
  pipe(
    language,
    automata.trim(semiring.boolean),
    (useful) => {
      if (useful.states > LIMITS.drawn) return undefined
      const labels = new Map<string, string[]>()
      for (const { from, to, symbol } of automata.arcsOf(useful)) {
        const name = `${from} ${to}`
        labels.set(name, [...(labels.get(name) ?? []), at(useful.alphabet, symbol)])
      }
      return {
        states: useful.states,
        start: Array.from(useful.start).indexOf(true),
        accepting: Array.from(useful.stop).flatMap((stop, state) => (stop ? [state] : [])),
        arcs: [...labels].map(([name, symbols]) => {
          const [from, to] = name.split(' ').map(Number)
          return { from: from ?? 0, to: to ?? 0, label: rangesOf(symbols) }
        }),
      }
    },
    E.right,
  )

/** Symbols as ranges where they follow each other: `0, 1, a–f`. */
const rangesOf = (symbols: readonly string[]): string => {
  const codes = symbols.map((s) => s.codePointAt(0) ?? 0).sort((a, b) => a - b)
  const ranges: [number, number][] = []
  for (const code of codes) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === code - 1) last[1] = code
    else ranges.push([code, code])
  }
  const show = (code: number): string => (code === 32 ? '␣' : String.fromCodePoint(code))
  return ranges
    .map(([a, b]) => (a === b ? show(a) : b === a + 1 ? `${show(a)},${show(b)}` : `${show(a)}–${show(b)}`))
    .join(',')
}

const BITS = Math.LN2

const machine = (request: MachineRequest): E.Either<Failure, MachineAnswer> =>
  pipe(
    E.Do,
    E.bind('seed', () => seedOf(request)),
    E.bind('length', () => whole('length', request.length, 0, LIMITS.length)),
    E.bind('alphabet', () => E.flatMap(alphabetFrom)(bounded('alphabet', request.alphabet))),
    E.bind('pattern', () =>
      patternOf(request.literal && request.source !== '' ? escaped(request.source) : request.source),
    ),
    E.bind('language', ({ alphabet, pattern }) => automata.regexAutomaton(pattern)(alphabet)),
    E.bind('noise', ({ length, alphabet }) => automata.whiteNoise(length)(alphabet)),
    E.bind('strings', ({ length, language }) => automata.countOfLength(length)(language)),
    E.bind('law', ({ noise, language }) => automata.condition(language)(noise)),
    E.bind('entropy', ({ law }) => automata.entropy(law.pfsa)),
    E.bind('drawn', ({ law, seed }) => automata.sample({ key: key(seed), count: SAMPLES })(law.pfsa)),
    E.bind('drawing', ({ language }) => drawingOf(language)),
    E.map(({ length, language, strings, law, entropy, drawn, drawing }) => ({
      kind: 'machine',
      states: language.states,
      drawing,
      strings: strings.toString(),
      share: Math.exp(law.logPartition),
      entropy: entropy.value / BITS,
      bitsPerSymbol: entropy.value / BITS / Math.max(1, length),
      errorBound: entropy.certificate.errorBound / BITS,
      samples: automata.sampleTexts(drawn),
    })),
  )

/** The bigram model of lines, each pair seen once more: a state for the begin and for every symbol. */
const bigrams = (text: string): E.Either<Failure, automata.Pfsa> => {
  if (text.length > LIMITS.text)
    return E.left(usage(`the text has ${text.length} characters`, `paste at most ${LIMITS.text}`))
  const lines = text.split(/\r\n|\r|\n/u).filter((line) => line !== '')
  return pipe(
    alphabetFrom(lines.join('')),
    E.flatMap((alphabet) => {
      const index = new Map(alphabet.map((s, i) => [s, i]))
      const end = alphabet.length
      const counts = Array.from({ length: end + 1 }, () => new Float64Array(end + 1).fill(0.5 / (end + 1)))
      for (const line of lines) {
        let state = end
        for (const symbol of line) {
          const next = index.get(symbol) ?? end
          const row = at(counts, state)
          row[next] = at(row, next) + 1
          state = next
        }
        const row = at(counts, state)
        row[end] = at(row, end) + 1
      }
      const totals = counts.map((row) => row.reduce((a, b) => a + b, 0))
      const share = (from: number, to: number): number => at(at(counts, from), to) / at(totals, from)
      return automata.pfsa(
        automata.automaton(semiring.real)({
          alphabet,
          states: end + 1,
          start: [[end, 1]],
          stop: counts.map((_, from) => [from, share(from, end)] as const),
          arcs: counts.flatMap((_, from) =>
            alphabet.map((__, symbol) => ({ from, symbol, to: symbol, weight: share(from, symbol) })),
          ),
        }),
      )
    }),
  )
}

const baseOf = ({ text, length }: TiltRequest): E.Either<Failure, automata.Pfsa> =>
  text.trim() === ''
    ? pipe(
        whole('length', length, 1, LIMITS.length),
        E.flatMap((n) => automata.whiteNoise(n)()),
      )
    : bigrams(text)

const estimatesOf = (logWeights: Float64Array): E.Either<Failure, readonly Estimate[]> => {
  const sizes: number[] = []
  for (let n = 32; n <= logWeights.length; n *= 2) sizes.push(n)
  return pipe(
    sizes,
    E.traverseArray((n) =>
      pipe(
        energy.weigh(logWeights.subarray(0, n)),
        E.map((weights) => {
          const { jackknife, interval, doubts } = energy.logPartition(weights)
          return { n, value: jackknife, low: interval[0], high: interval[1], doubts }
        }),
      ),
    ),
  )
}

const lambdaOf =
  ({ mode, values }: TiltRequest) =>
  (family: automata.TiltFamily): E.Either<Failure, readonly number[]> =>
    mode === 'lambda'
      ? E.right(values)
      : pipe(
          family,
          automata.matchMoments(values),
          E.map(({ tilt }) => tilt.lambda),
        )

const checkTilt = ({ features, values, mode, draws }: TiltRequest): E.Either<Failure, number> =>
  features.length === 0 || features.length > LIMITS.features
    ? E.left(usage(`there are ${features.length} features`, `give 1 to ${LIMITS.features}`))
    : values.length !== features.length || !values.every(Number.isFinite)
      ? E.left(usage('a feature has no number', 'give each one'))
      : mode === 'moments' && values.some((x) => x < 0 || x > 1)
        ? E.left(usage('a wanted share is not one', 'give numbers from 0 to 1'))
        : whole('number of draws', draws, 32, 2 ** 20)

const tilt = (request: TiltRequest): E.Either<Failure, TiltAnswer> =>
  pipe(
    checkTilt(request),
    E.bindTo('draws'),
    E.bind('seed', () => seedOf(request)),
    E.bind('base', () => baseOf(request)),
    E.bind('patterns', () => E.traverseArray(patternOf)(request.features)),
    E.bind('languages', ({ base, patterns }) =>
      E.traverseArray((pattern: RegExp) => automata.regexAutomaton(pattern)(base.alphabet))(patterns),
    ),
    E.bind('family', ({ base, languages }) =>
      automata.tiltExactly(languages.map((language, i) => automata.presence(at(request.features, i), language)))(base),
    ),
    E.bind('lambda', ({ family }) => lambdaOf(request)(family)),
    E.bind('law', ({ family, lambda }) => automata.tiltedPfsa(lambda)(family)),
    E.bind('entropy', ({ law }) => automata.entropy(law.pfsa)),
    E.bind('baseEntropy', ({ base }) => automata.entropy(base)),
    E.bind('drawn', ({ base, draws, seed }) => automata.sample({ key: key(seed), count: draws })(base)),
    E.bind('tilted', ({ law, seed }) => automata.sample({ key: fold(key(seed), 1), count: SAMPLES })(law.pfsa)),
    E.bindW('rows', ({ drawn, patterns }) => {
      const texts = automata.sampleTexts(drawn)
      return E.right({ texts, holds: patterns.map((p) => texts.map((text) => (p.test(text) ? 1 : 0))) })
    }),
    E.let('logWeights', ({ rows, lambda }) =>
      Float64Array.from(rows.texts, (_, r) => lambda.reduce((sum, l, j) => sum + l * at(at(rows.holds, j), r), 0)),
    ),
    E.bind('estimates', ({ logWeights }) => estimatesOf(logWeights)),
    E.bind('weights', ({ logWeights }) => energy.weigh(logWeights)),
    E.map(({ family, lambda, law, entropy, baseEntropy, rows, tilted, estimates, weights }) => {
      const before = automata.tiltDerivatives(lambda.map(() => 0))(family).moments
      const after = automata.tiltDerivatives(lambda)(family).moments
      return {
        kind: 'tilt',
        logPartition: law.logPartition,
        features: request.features.map((name, j) => ({
          name,
          lambda: at(lambda, j),
          base: at(before, j),
          exact: at(after, j),
          estimated: at(rows.holds, j).reduce<number>((sum, x, r) => sum + x * at(weights.normalised, r), 0),
        })),
        estimates,
        baseEntropy: baseEntropy.value / BITS,
        entropy: entropy.value / BITS,
        baseSamples: rows.texts.slice(0, SAMPLES),
        samples: automata.sampleTexts(tilted),
      }
    }),
  )

/** Answers a request, or says in a sentence why not. */
export const compute = (request: Request): E.Either<string, Answer> =>
  pipe(
    E.tryCatch(
      (): E.Either<Failure, Answer> => (request.kind === 'machine' ? machine(request) : tilt(request)),
      (thrown) => failure('Runtime', thrown instanceof Error ? thrown.message : String(thrown), 'change the input'),
    ),
    E.flatMap((answer) => answer),
    E.mapLeft(describeFailure),
  )
