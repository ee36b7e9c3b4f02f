/**
 * The cells of tables 1 and 2 of `exptilt earm translate table N`: without label smoothing and with it, each with the ways of
 * training that the paper has there; of one network (1), or of two sizes (2).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { Failure } from '../errors.ts'
import { askedFor } from '../experiment/experiment.ts'
import type { Typed } from '../experiment/settings.ts'
import type { EArmExperiment, TranslationExperiment, TranslationPreset } from '../systems/e-arm/experiment-options.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import { type Variant, variants } from '../systems/e-arm/variants.ts'
import type { Cell } from './earm-cells.ts'
import type { EArmTableFlags } from './earm-grammar.ts'

const asked: (typed: Typed) => E.Either<Failure, TranslationExperiment> = askedFor(eArmExperiments.translate)

/** The label smoothing of the table's second half, where the options have none: the paper's. */
const SMOOTHING = 0.1

/** The two sizes of the paper on WMT16. */
const papers: readonly TranslationPreset[] = ['paper-base', 'paper-large']

/** The networks of a table, as they would be typed: of table 2 the paper's two, or one and another of twice the width. */
const sizesOf = (table: number, { preset, network: { width } }: TranslationExperiment): readonly Typed[] => {
  if (table === 1) return [{}]
  return papers.includes(preset)
    ? papers.map((name) => ({ '--preset': name }))
    : [{ '--width': width }, { '--width': 2 * width }]
}

/** What is trained without and with label smoothing. */
const trained = (table: number): readonly [without: readonly Variant[], smoothed: readonly Variant[]] =>
  table === 1 ? [['plain', 'e-arm'], variants] : [['plain'], ['plain', 'scheduled', 'both']]

/** The cells of table 1 or 2, checked. */
export const trickCells = ({
  table,
  typed,
}: Pick<EArmTableFlags, 'table' | 'typed'>): E.Either<Failure, readonly Cell<EArmExperiment>[]> =>
  pipe(
    asked(typed),
    E.chain((options) => {
      const [without, smoothed] = trained(table)
      const smoothing = options.objective.labelSmoothing > 0 ? options.objective.labelSmoothing : SMOOTHING
      return pipe(
        sizesOf(table, options).flatMap((size): readonly Typed[] => [
          { ...typed, ...size, '--label-smoothing': 0, '--variants': without },
          { ...typed, ...size, '--label-smoothing': smoothing, '--variants': smoothed },
        ]),
        E.traverseArray(asked),
      )
    }),
    E.map((all) =>
      all.map((cell) => ({
        name: `width${cell.network.width}-smoothing${cell.objective.labelSmoothing}`,
        options: cell,
      })),
    ),
  )
