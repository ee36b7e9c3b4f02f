/**
 * Tables 1 and 2 of the E-ARM paper: BLEU with and without label smoothing, scheduled sampling and the energy objective, of one
 * network (1) or two sizes (2), with the paper's below.
 */
import { orElse } from '../at.ts'
import { type Spread, spreadOf } from '../math.ts'
import { paperTricks, type Trick, wmtTricks } from '../systems/e-arm/paper-tables.ts'
import { type EArmResults, recordsOf } from '../systems/e-arm/results.ts'
import { hasEnergy, isScheduled } from '../systems/e-arm/variants.ts'
import { type Column, column, type Document, heading, note, numeric, table } from './document.ts'
import { overSeeds, score } from './earm-summary.ts'

/** A row: the network, which tricks are used, and BLEU over seeds. */
interface TrickRow extends Trick {
  readonly network: string
  readonly seeds: number
  readonly bleu: Spread
}

/** The rows of an experiment: one for every variant. */
export const trickRows = (results: EArmResults): readonly TrickRow[] => {
  const { options } = results
  return options.variants.map((variant) => {
    const found = recordsOf(results, variant).map(({ translation }) => orElse(translation?.bleu, Number.NaN))
    return {
      network: `${options.network.layers} + ${options.network.layers} × ${options.network.width}`,
      smoothing: options.objective.labelSmoothing > 0,
      scheduled: isScheduled(variant),
      energy: hasEnergy(variant),
      seeds: found.length,
      bleu: spreadOf(found),
    }
  })
}

const mark = (used: boolean): string => (used ? '✓' : '–')

const tricks: readonly Column<Trick>[] = [
  column('label smoothing', ({ smoothing }) => mark(smoothing)),
  column('scheduled sampling', ({ scheduled }) => mark(scheduled)),
  column('E-ARM', ({ energy }) => mark(energy)),
]

type PaperRow = Trick & { readonly network?: string; readonly scores: readonly number[] }

const paperRows = (
  number: 1 | 2,
  pair: string,
): { readonly rows: readonly PaperRow[]; readonly head: readonly string[] } => {
  if (number === 2) return { rows: wmtTricks, head: ['BLEU'] }
  return { rows: orElse(paperTricks[pair], []), head: ['BLEU, greedy', 'BLEU, 5 beams'] }
}

/** Table 1 or 2 of finished experiments. */
export const tricksDocument =
  (number: 1 | 2) =>
  (all: readonly EArmResults[]): Document => {
    const [first] = all
    if (first === undefined || first.options.task !== 'translate')
      return [note(`Table ${number}: no cell is finished.`)]
    const { options, seeds } = first
    const paper = paperRows(number, options.languages ?? options.data)
    return [
      heading(
        `Table ${number}: BLEU (per cent) with beams of ${options.beam}${seeds.length < 2 ? '' : `, mean ± deviation over ${seeds.length} seeds`}; ${first.title}`,
      ),
      table<TrickRow>('Here', all.flatMap(trickRows), [
        column('network', ({ network }) => network),
        ...tricks,
        numeric('BLEU', ({ seeds: count, bleu }) => overSeeds(count, score)(bleu)),
      ]),
      ...(paper.rows.length === 0
        ? []
        : [
            table<PaperRow>(
              number === 1 ? 'The paper, IWSLT14, Tr-Base' : 'The paper, WMT16, English to German',
              paper.rows,
              [
                ...(number === 2 ? [column<PaperRow>('network', ({ network }) => network)] : []),
                ...tricks,
                ...paper.head.map((name, i) =>
                  numeric<PaperRow>(name, ({ scores }) => score(orElse(scores[i], Number.NaN))),
                ),
              ],
            ),
          ]),
    ]
  }
