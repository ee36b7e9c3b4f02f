/**
 * Figures of pages that are no documents, by name: the files `NAME.svg` of a run directory and the pictures of its report.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { inTurn } from '../breath.ts'
import type { Failure } from '../errors.ts'
import type { Chart } from './chart.ts'
import { toSvg } from './svg.ts'

/** A chart with the name of its file. */
export interface Figure {
  readonly name: string
  readonly chart: Chart
}

/** A figure that has been drawn. */
export interface Drawing {
  readonly name: string
  readonly svg: string
}

/** Draws figures one after the other. */
export const drawAll = (figures: readonly Figure[]): TE.TaskEither<Failure, readonly Drawing[]> =>
  pipe(
    figures,
    inTurn()(({ name, chart }: Figure) =>
      pipe(
        toSvg(chart),
        TE.map((svg) => ({ name, svg })),
      ),
    ),
  )
