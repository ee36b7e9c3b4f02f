/**
 * `exptilt pfsa`: exact facts about the process behind motif data, or about an automaton from a file.
 */
import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { decodeText, namingFile } from '../codec/text.ts'
import { type Failure, failure, usage } from '../errors.ts'
import type { PfsaDescription } from '../automata/describe.ts'
import { column, type Document, numeric, quiet, table } from '../report/document.ts'
import { textOf } from '../report/document-text.ts'
import { grouped } from '../report/units.ts'
import { checkedBy, overridden, presetOf } from '../experiment/settings.ts'
import type { MotifData } from '../systems/gam/options.ts'
import { motifFits, motifSettings } from '../systems/gam/settings.ts'
import { refuse } from './exit.ts'
import type { PfsaFlags } from './gam-grammar.ts'
import { loaded } from './loaded.ts'
import type { PfsaSystem, World } from './world.ts'

const asked = ({ typed }: PfsaFlags): E.Either<Failure, Omit<MotifData, 'kind'>> =>
  typed['--motif'] === undefined
    ? E.left(usage('no automaton is given', 'give --motif 10001011111000, or --file automaton.json'))
    : checkedBy(motifSettings, [motifFits])(overridden(motifSettings, typed)(presetOf(motifSettings)('small')))

const fromFile =
  ({ describePfsa: describe, parseAutomaton: parse }: PfsaSystem) =>
  (file: string): TE.TaskEither<Failure, PfsaDescription> =>
    pipe(
      TE.tryCatch(
        () => readFile(file),
        () => failure('File', `--file ${file} cannot be read`, 'give an automaton as a JSON file', { file }),
      ),
      TE.chainEitherK(decodeText(file)),
      TE.chainEitherK(parse),
      TE.chainEitherK(describe),
      TE.mapLeft(namingFile(file)),
    )

const described = (world: World, flags: PfsaFlags): TE.TaskEither<Failure, PfsaDescription> => {
  const { file, typed } = flags
  const both = file !== undefined && Object.values(typed).some((value) => value !== undefined)
  if (both)
    return TE.left(usage('--file and a motif (--motif, --length, --mixture) were both given', 'give one of them'))
  return pipe(
    loaded(world.loadPfsa),
    TE.chain((system) =>
      file === undefined ? TE.fromEither(E.flatMap(system.describePfsa)(asked(flags))) : fromFile(system)(file),
    ),
  )
}

const count = (strings: string): number | string => {
  const value = Number(strings)
  return Number.isSafeInteger(value) ? value : strings
}

/** The object that `--json` prints; `strings` is a number while it is exact as one. */
export const pfsaJson = ({ strings, ...facts }: PfsaDescription): string =>
  exactJson({ strings: count(strings), ...facts })

/** Digits that a table shows; of more the first, and how many there are. */
const SHOWN_DIGITS = 18

/** A count in digits as a table shows it; `--json` prints all of them. */
const shownCount = (strings: string): string =>
  !/^\d+$/.test(strings)
    ? strings
    : strings.length <= SHOWN_DIGITS
      ? grouped(strings)
      : `about ${strings.slice(0, 1)}.${strings.slice(1, 4)}e${strings.length - 1}`

type Fact = readonly [name: string, value: string, meaning: string]

/** The facts as a table. */
export const pfsaDocument = (facts: PfsaDescription): Document => {
  const share = facts.relativeFrequency
  const rows: readonly Fact[] = [
    [
      'strings',
      shownCount(facts.strings),
      share === null ? 'of positive probability' : 'of the length that hold the motif',
    ],
    ...(share === null
      ? []
      : [['relative frequency', String(share), 'of strings with the motif among all of the length'] as const]),
    ['entropy', String(facts.entropy), 'nats, exact'],
    ['entropy per symbol', String(facts.entropyPerSymbol), 'nats, the end counted as a symbol'],
    ['mean length', String(facts.meanLength), 'symbols, the end not counted'],
    ['states', String(facts.states), ''],
    ['spectral radius', String(facts.spectralRadius), 'of the transitions; below 1, every string ends'],
    [
      'residual',
      facts.residual.toExponential(2),
      `of the entropy equations; the error is at most ${facts.errorBound.toExponential(2)}`,
    ],
  ]
  return [
    table('The process', rows, [
      column('', ([name]) => name),
      numeric('', ([, value]) => value),
      quiet('', ([, , meaning]) => meaning),
    ]),
  ]
}

/** Runs `exptilt pfsa`; the exit code. */
export const pfsaCommand =
  (world: World) =>
  async (flags: PfsaFlags): Promise<number> => {
    const found = await described(world, flags)()
    if (E.isLeft(found)) return refuse(world, found.left)
    world.write(flags.json ? pfsaJson(found.right) : textOf(pfsaDocument(found.right)))
    return 0
  }
