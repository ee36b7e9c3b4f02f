/**
 * What human judges said on sheets (`human-sheets.ts`): how often the second of two kinds of continuations was preferred, how
 * probable so uneven a vote is by chance, and how far judges agree.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { held, orElse } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { natural } from '../codec/scalars.ts'
import { type Failure, usage } from '../errors.ts'
import { binomialUpper } from '../energy/quantile.ts'
import { column, type Document, note, numeric, table } from './document.ts'
import { type Compared, comparisons } from './human-sheets.ts'
import { sourceTitles } from './residual-summary.ts'
import { decimal } from './theme.ts'
import { percent } from './units.ts'

/** A sheet that a judge has filled in: the name of its file, and what stands in it. */
export interface FilledSheet {
  readonly name: string
  readonly text: string
}

/** A vote: which pair, by whom, and whose continuation was preferred. */
interface Vote {
  readonly pair: number
  readonly judge: string
  readonly preferred: Compared
}

const compared: t.Type<Compared, unknown> = t.union([
  t.literal('data'),
  t.literal('base'),
  t.literal('bit'),
  t.literal('balm'),
])
const entryCodec = t.type({ pair: natural, A: compared, B: compared })
type KeyEntry = t.TypeOf<typeof entryCodec>
const keyCodec = t.refinement(
  t.readonlyArray(entryCodec),
  (all) => new Set(all.map(({ pair }) => pair)).size === all.length,
  'a list of pairs, each of which stands once',
)
/** The entries of a key, by their pairs. */
type SheetKey = ReadonlyMap<number, KeyEntry>

/** Votes for the second of two kinds, of how many; the probability of a vote at least as uneven where both are equally good (two-sided, exact). */
interface Preference {
  readonly worse: Compared
  readonly better: Compared
  readonly votes: number
  readonly of: number
  readonly pValue: number
}

/**
 * Judges' votes in numbers. `agreement`: among pairs with several judges, the share of two judges of a pair who prefer the same;
 * `kappa` is that beyond chance (Fleiss; NaN where all votes are alike). Absent where no pair has two judges.
 */
export interface Judgements {
  readonly judges: readonly string[]
  readonly answered: number
  readonly pairs: number
  readonly preferences: readonly Preference[]
  readonly agreement?: { readonly pairs: number; readonly share: number; readonly kappa: number }
}

const unreadable = (sheet: string, line: number, said: string): Failure =>
  usage(`line ${line} of ${sheet} has the answer ${JSON.stringify(said)}`, 'write A or B, or nothing', { sheet, line })

const unknownPair = (sheet: string, line: number, pair: number): Failure =>
  usage(
    `line ${line} of ${sheet} answers pair ${pair}, which key.json lacks`,
    'keep the sheets of one run in a folder of their own',
    {
      sheet,
      line,
      pair,
    },
  )

const answeredTwice = (sheet: string, line: number, pair: number): Failure =>
  usage(`line ${line} of ${sheet} answers pair ${pair} again`, 'keep one answer of each pair', { sheet, line, pair })

/** The votes of a sheet: lines `N.` that begin a pair, and `Answer: A` or `Answer: B`; other lines and empty answers say nothing. */
const votesOf =
  (key: SheetKey) =>
  ({ name, text }: FilledSheet): E.Either<Failure, readonly Vote[]> => {
    const votes = new Map<number, Vote>()
    let pair = 0
    for (const [i, line] of text.split(/\r?\n/u).entries()) {
      pair = Number(orElse(/^(\d+)\.\s*$/u.exec(line)?.[1], pair))
      const said = orElse(/^Answer:(.*)$/iu.exec(line)?.[1], '')
        .trim()
        .toUpperCase()
      if (said === '') continue
      if (said !== 'A' && said !== 'B') return E.left(unreadable(name, i + 1, said))
      const entry = key.get(pair)
      if (entry === undefined) return E.left(unknownPair(name, i + 1, pair))
      if (votes.has(pair)) return E.left(answeredTwice(name, i + 1, pair))
      votes.set(pair, { pair, judge: name.replace(/\.txt$/u, ''), preferred: entry[said] })
    }
    return E.right([...votes.values()])
  }

const preferenceOf = (
  key: SheetKey,
  all: readonly Vote[],
  [worse, better]: readonly [Compared, Compared],
): readonly Preference[] => {
  const cast = all.filter(({ pair }) => {
    const { A, B } = held(key, pair)
    return (A === worse && B === better) || (A === better && B === worse)
  })
  const votes = cast.filter(({ preferred }) => preferred === better).length
  const [n, most] = [cast.length, Math.max(votes, cast.length - votes)]
  return n === 0 ? [] : [{ worse, better, votes, of: n, pValue: Math.min(1, 2 * binomialUpper(n, 0.5, most)) }]
}

/** Of the pairs with several judges: how often two of them agree, and how often two votes of the whole lot would. */
const agreementOf = (key: SheetKey, all: readonly Vote[]): Judgements['agreement'] => {
  const cast = new Map([...key.keys()].map((pair) => [pair, { n: 0, forA: 0 }]))
  for (const { pair, preferred } of all) {
    const { n, forA } = held(cast, pair)
    cast.set(pair, { n: n + 1, forA: forA + Number(preferred === held(key, pair).A) })
  }
  const counted = [...cast.values()].filter(({ n }) => n >= 2)
  if (counted.length === 0) return undefined
  const alike = ({ n, forA }: { readonly n: number; readonly forA: number }): number =>
    (forA * (forA - 1) + (n - forA) * (n - forA - 1)) / (n * (n - 1))
  const share = counted.reduce((sum, one) => sum + alike(one), 0) / counted.length
  const a = counted.reduce((sum, { forA }) => sum + forA, 0) / counted.reduce((sum, { n }) => sum + n, 0)
  const chance = a * a + (1 - a) * (1 - a)
  return { pairs: counted.length, share, kappa: (share - chance) / (1 - chance) }
}

/** Reads sheets by their key (`key.json`). `Usage` names sheet and line of an answer that is neither A nor B, or of a pair that the key lacks, and says where nothing is answered; a pair is answered once a sheet, and stands once in the key. */
export const readJudgements = (key: string, sheets: readonly FilledSheet[]): E.Either<Failure, Judgements> =>
  pipe(
    E.Do,
    E.bind('pairs', () =>
      pipe(
        decodeJson(keyCodec, 'key.json')(key),
        E.map((all) => new Map(all.map((entry) => [entry.pair, entry]))),
      ),
    ),
    E.bind('votes', ({ pairs }) => pipe(sheets, E.traverseArray(votesOf(pairs)))),
    E.flatMap(({ pairs, votes }): E.Either<Failure, Judgements> => {
      const all = votes.flat()
      const agreement = agreementOf(pairs, all)
      return all.length === 0
        ? E.left(
            usage(
              'no pair of the sheets is answered yet',
              'write A or B after Answer: in pairs.txt, or fill in pairs.html',
            ),
          )
        : E.right({
            judges: [...new Set(all.map(({ judge }) => judge))],
            answered: new Set(all.map(({ pair }) => pair)).size,
            pairs: pairs.size,
            preferences: comparisons.flatMap((two) => preferenceOf(pairs, all, two)),
            ...(agreement === undefined ? {} : { agreement }),
          })
    }),
  )

const titles: Readonly<Record<Compared, string>> = { ...sourceTitles, balm: 'BALM samples' }

/** What the slides print: how often the second was preferred, and the p-value. */
const slides: Readonly<Record<string, string>> = {
  'base balm': '54.85 %, 0.050',
  'balm bit': '56.23 % (BiT-Med), 0.015',
  'bit data': '55.21 % (BiT-Large*), 0.036',
}

/** The slides' table with these votes. */
export const judgementsDocument = ({ judges, answered, pairs, preferences, agreement }: Judgements): Document => [
  table('Which continuation people prefer', preferences, [
    column('model 1', ({ worse }) => titles[worse]),
    column('model 2', ({ better }) => titles[better]),
    numeric('model 2 preferred', ({ votes, of }) => `${percent(votes / of)} of ${of}`),
    numeric('p-value', ({ pValue }) => decimal(3)(pValue)),
    column('the slides', ({ worse, better }) => orElse(slides[`${worse} ${better}`], '')),
  ]),
  note(
    [
      `${answered} of ${pairs} pairs answered, by ${judges.join(', ')}.`,
      agreement === undefined
        ? 'No pair has two judges, so nothing is known of their agreement.'
        : `Two judges of one pair agree in ${percent(agreement.share)} of ${agreement.pairs} pairs (κ ${decimal(2)(agreement.kappa)}).`,
      'p-values are of the exact two-sided binomial test, each vote counted for itself.',
    ].join(' '),
  ),
]
