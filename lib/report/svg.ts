/**
 * Drawing: a chart as SVG text (vega's headless view, no browser and no DOM) and SVG text as a PNG.
 *
 * The three libraries are loaded on first use, so that programs that draw nothing do not wait for them.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Spec } from 'vega'
import { codeOf, type Failure, failure, fromThrown } from '../errors.ts'
import type { Chart } from './chart.ts'
import { textWidth } from './text-width.ts'

interface Compiler {
  readonly compile: (chart: Chart) => { readonly spec: Spec }
}

const isCompiler = (module: unknown): module is Compiler =>
  typeof module === 'object' && module !== null && 'compile' in module && typeof module.compile === 'function'

// vega-lite's own declarations do not compile under `exactOptionalPropertyTypes`, so it is loaded untyped and checked.
const compilerModule: string = 'vega-lite'

const loadCompiler = async (): Promise<unknown> => import(compilerModule)

interface Measured {
  readonly textMetrics: object
}

const isMeasured = (module: object): module is Measured =>
  'textMetrics' in module && typeof module.textMetrics === 'object'

// Without a canvas vega guesses 0.8 em per character; its documented hook for user-defined metrics does better.
const measureTexts = (module: object): void => {
  if (!isMeasured(module)) return
  const width = (item: { readonly fontSize?: number }, text: unknown): number =>
    textWidth(item.fontSize ?? 11)(String(text))
  Object.assign(module.textMetrics, { width })
}

const draw = async (chart: Chart): Promise<string> => {
  const [compiler, vega] = await Promise.all([loadCompiler(), import('vega')])
  if (!isCompiler(compiler)) return Promise.reject(new Error('the module vega-lite has no function compile'))
  measureTexts(vega)
  const view = new vega.View(vega.parse(compiler.compile(chart).spec), { renderer: 'none', logLevel: vega.Error })
  const svg = await view.toSVG()
  view.finalize()
  return svg
}

/** `Runtime` for a package of charts that was left out of the installation; undefined for any other error. */
const absent = (thrown: unknown): Failure | undefined =>
  codeOf(thrown) === 'ERR_MODULE_NOT_FOUND'
    ? failure(
        'Runtime',
        'charts cannot be drawn: vega, vega-lite or @resvg/resvg-js is not installed',
        'run npm install vega vega-lite @resvg/resvg-js',
      )
    : undefined

/**
 * Draws a chart as a self-contained SVG document. Fails with `Format` when the specification is not drawable, `Runtime` when
 * the libraries are not installed.
 */
export const toSvg = (chart: Chart): TE.TaskEither<Failure, string> =>
  TE.tryCatch(
    () => draw(chart),
    (thrown) => absent(thrown) ?? fromThrown('Format', 'report this chart; the numbers are in results.json')(thrown),
  )

/** Rasterises SVG text at `scale` pixels per unit. Fails with `Runtime` when the native rasteriser is not installed. */
export const toPng =
  (scale: number) =>
  (svg: string): TE.TaskEither<Failure, Uint8Array> =>
    pipe(
      TE.tryCatch(
        async () => {
          const { Resvg } = await import('@resvg/resvg-js')
          const image = new Resvg(svg, { fitTo: { mode: 'zoom', value: scale }, font: { loadSystemFonts: true } })
          return new Uint8Array(image.render().asPng())
        },
        (thrown) =>
          absent(thrown) ??
          failure(
            'Runtime',
            `the picture could not be drawn as PNG (${String(thrown)})`,
            'use the SVG of the same name',
          ),
      ),
    )
