/**
 * Drawing the figures of a document, for its page and for the files beside it.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { held } from '../at.ts'
import { oneByOne } from '../breath.ts'
import type { Failure } from '../errors.ts'
import type { Json } from '../codec/json-scanner.ts'
import type { Chart, TitledChart } from './chart.ts'
import { type Document, drawnWith, type Figure, figuresOf, type Image, type Picture } from './document.ts'
import type { OutputFile } from './files.ts'
import { toPng, toSvg } from './svg.ts'

/** Which kinds of picture to write beside the report. */
export type PictureFormat = 'svg' | 'png'

/**
 * A chart as SVG: bare for the page, where the caption says what it is, on a wide and on a narrow screen; and with its
 * title for a file.
 */
interface Drawing {
  readonly svg: string
  readonly narrow: string
  readonly titled: string
}

/** What a figure shows once it is drawn. */
export type Drawn = Drawing | Image

/** Whether a picture is one that needs no drawing. */
export const isImage = (picture: Picture | Drawn): picture is Image =>
  'png' in picture && picture.png instanceof Uint8Array

/** Width of the plot on a narrow screen, in pixels: with its axis it fits into 340. */
const NARROW = 210

const isChart = (value: Json | undefined): value is Chart =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The chart for a narrow screen: panels one below the other, plots of 210 pixels at most, legends in two columns. */
export const narrowed = ({ hconcat, width, config, ...chart }: Chart): Chart => ({
  ...chart,
  ...(typeof width === 'number' ? { width: Math.min(width, NARROW) } : {}),
  ...(Array.isArray(hconcat) ? { vconcat: hconcat.filter(isChart).map(narrowed) } : {}),
  ...(isChart(config)
    ? { config: { ...config, legend: { ...(isChart(config['legend']) ? config['legend'] : {}), columns: 2 } } }
    : {}),
})

const chartDrawn = (chart: TitledChart): TE.TaskEither<Failure, Drawing> => {
  const { title: _, ...bare } = chart
  return pipe(
    TE.Do,
    TE.bind('svg', () => toSvg(bare)),
    TE.bind('narrow', () => toSvg(narrowed(bare))),
    TE.bind('titled', () => toSvg(chart)),
  )
}

const drawn = ({ picture }: Figure): TE.TaskEither<Failure, Drawn> =>
  isImage(picture) ? TE.right(picture) : chartDrawn(picture)

/** The document with its figures drawn, one after the other. Fails with `Format` where a chart is not drawable. */
export const drawDocument = (document: Document): TE.TaskEither<Failure, Document<Drawn>> =>
  pipe(
    figuresOf(document),
    oneByOne()((figure: Figure) =>
      pipe(
        drawn(figure),
        TE.map((picture) => [figure, picture] as const),
      ),
    ),
    TE.map((pictures) => {
      const found = new Map(pictures)
      return drawnWith((figure: Figure) => held(found, figure))(document)
    }),
  )

const PIXELS_PER_UNIT = 2

const file =
  ({ name, picture }: Figure<Drawn>) =>
  (format: PictureFormat): TE.TaskEither<Failure, OutputFile> =>
    isImage(picture)
      ? TE.right({ name: `figures/${name}.png`, content: picture.png })
      : format === 'svg'
        ? TE.right({ name: `figures/${name}.svg`, content: picture.titled })
        : pipe(
            toPng(PIXELS_PER_UNIT)(picture.titled),
            TE.map((content) => ({ name: `figures/${name}.png`, content })),
          )

/** The figures as files `figures/NAME.svg`, and `figures/NAME.png` where asked for; a picture that is PNG already always is. */
export const pictureFiles =
  (formats: readonly PictureFormat[]) =>
  (document: Document<Drawn>): TE.TaskEither<Failure, readonly OutputFile[]> =>
    pipe(
      figuresOf(document).flatMap((figure) =>
        (isImage(figure.picture) ? (['png'] as const) : formats).map((format) => ({ figure, format })),
      ),
      TE.traverseSeqArray(({ figure, format }) => file(figure)(format)),
    )
