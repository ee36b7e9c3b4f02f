/**
 * `exptilt earm translate table N`: 7 to 10 are read from a finished run, 11 times an update of every kind.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { costTable } from '../report/earm-tables.ts'
import { readTranslation } from '../report/translation-files.ts'
import { networkText } from '../report/translation-summary.ts'
import { type TranslationTable, isTranslationTable, tableRecord, tableText } from '../report/translation-tables.ts'
import type { MeasureTranslationCosts } from '../systems/e-arm/translation-costs.ts'
import type { TranslateTableFlags } from './earm-translate-flags.ts'
import { translationFrom } from './earm-translate-settings.ts'
import { refuse } from './exit.ts'
import { systemServices, typedBeside } from './folder-command.ts'
import { interruptible } from './interrupt.ts'
import type { World } from './world.ts'

const installed: TE.TaskEither<Failure, MeasureTranslationCosts> = TE.tryCatch(
  async () => (await import('../systems/e-arm/translation-costs.ts')).measureTranslationCosts,
  fromThrown('Runtime', 'install the package again with npm ci'),
)

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** A table of a finished run: nothing is trained. */
const tableOfRun = (table: TranslationTable, flags: TranslateTableFlags): TE.TaskEither<Failure, string> => {
  const beside = typedBeside(['table', 'run'])(flags)
  if (beside !== undefined)
    return TE.left(usage(`${beside} was given to table ${table} of a finished run`, 'leave it out'))
  if (flags.run === undefined)
    return TE.left(usage(`table ${table} is read from a finished run`, 'give its folder with --run DIR'))
  return pipe(
    readTranslation(flags.run),
    TE.map((results) => (flags.json ? exactJson(tableRecord(table)(results)) : tableText(table)(results))),
  )
}

const tableEleven = (
  world: World,
  flags: TranslateTableFlags,
  load: TE.TaskEither<Failure, MeasureTranslationCosts>,
): TE.TaskEither<Failure, string> => {
  if (flags.run !== undefined)
    return TE.left(
      usage('--run was given to table 11, which is measured anew', 'leave it out, or choose table 7, 8, 9 or 10'),
    )
  return pipe(
    TE.fromEither(translationFrom(flags)),
    TE.chain((options) => async () => {
      const { signal, release } = interruptible(world)
      const { directory: _, ...services } = systemServices(world, signal, '')
      const found = await pipe(
        load,
        TE.chain((measure) => measure(services)(options)),
      )()
      release()
      return found
    }),
    TE.map((found) => (flags.json ? exactJson(found) : costTable(networkText(found.options), found))),
  )
}

const found = (
  world: World,
  flags: TranslateTableFlags,
  load: TE.TaskEither<Failure, MeasureTranslationCosts>,
): TE.TaskEither<Failure, string> => {
  const { table } = flags
  if (isTranslationTable(table)) return tableOfRun(table, flags)
  return table === 11
    ? tableEleven(world, flags, load)
    : TE.left(
        usage(
          `earm translate has no table ${table}`,
          'use 7 (BLEU by length), 8 (exposure bias), 9 (top-K re-sampling), 10 (other metrics) or 11 (what an update costs)',
        ),
      )
}

/** Runs `exptilt earm translate table N`; the exit code. */
export const translateTableCommand =
  (world: World, load: TE.TaskEither<Failure, MeasureTranslationCosts> = installed) =>
  async (flags: TranslateTableFlags): Promise<number> => {
    const shown = await found(world, flags, load)()
    if (E.isLeft(shown)) {
      world.progress.stop()
      return refuse(world, shown.left)
    }
    world.write(shown.right)
    return 0
  }
