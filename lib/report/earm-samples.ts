/**
 * What the networks of a finished run make: texts under headings, images as one PNG file with the variants one below the other,
 * translations under their sentences, or all of it as one JSON object.
 */
import { at, orElse } from '../at.ts'
import { exactJson } from '../codec/exact-json.ts'
import type { Shown } from '../systems/e-arm/results.ts'
import type { EArmSamples } from '../systems/e-arm/run-samples.ts'
import { variants } from '../systems/e-arm/variants.ts'
import { variantNames } from './earm-summary.ts'
import { imageGrids, squareGrid } from './image-grid.ts'

type Translations = Extract<Shown, { readonly kind: 'translations' }>

/** The lines of a sentence, each with what it is: source, reference, training. */
const labelled = ({ sentences, translations }: Translations, i: number): readonly (readonly [string, string])[] => {
  const { source, reference } = at(sentences, i)
  return [
    ['source', source],
    ...(reference === undefined ? [] : [['reference', reference] as const]),
    ...variants.flatMap((variant) => {
      const found = translations[variant]?.[i]
      return found === undefined ? [] : [[variantNames[variant], found.text] as const]
    }),
  ]
}

const translationsText = (found: Translations): string =>
  found.sentences
    .map((_, i) => {
      const lines = labelled(found, i)
      const width = Math.max(...lines.map(([label]) => label.length))
      return `${lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`.trimEnd()).join('\n')}\n\n`
    })
    .join('')

/** Every text under a line with its variant and number; every sentence as a block of lines; nothing of images. */
export const samplesText = ({ shown }: EArmSamples): string => {
  if (shown.kind === 'images') return ''
  if (shown.kind === 'translations') return translationsText(shown)
  return Object.entries(shown.texts)
    .flatMap(([variant, each]) => each.map((text, i) => `── ${variant} ${i + 1} ──\n${text}\n\n`))
    .join('')
}

/** Images as a PNG file: a square of each variant, the first one on top. `undefined` of anything else. */
export const samplesPng = ({ shown }: EArmSamples): Uint8Array | undefined => {
  if (shown.kind !== 'images') return undefined
  const tables = Object.values(shown.samples).map((rows) => ({
    tokens: Int32Array.from(rows.flat()),
    count: rows.length,
    time: orElse(rows[0]?.length, 0),
  }))
  return imageGrids(squareGrid(shown.image, orElse(tables[0]?.count, 1)), tables)
}

/** All of it as data; log-probabilities in nats. */
export const samplesJson = ({ shown, trained, adapter, method }: EArmSamples): string => {
  const { kind: _, ...made } = shown
  return exactJson({ trained, adapter, ...(method === undefined ? {} : { method }), ...made })
}
