/**
 * Translations by a finished run: under every sentence its reference, where it has one, and what each training makes of it;
 * or all of it as one JSON object.
 */
import { at } from '../at.ts'
import { exactJson } from '../codec/exact-json.ts'
import { translationVariants } from '../systems/e-arm/translation-programs.ts'
import type { TranslationSamples } from '../systems/e-arm/translation-samples.ts'
import { variantNames } from './translation-summary.ts'

/** The lines of a sentence, each with what it is: source, reference, training. */
const labelled = (
  { sentences, translations }: TranslationSamples,
  i: number,
): readonly (readonly [string, string])[] => {
  const { source, reference } = at(sentences, i)
  return [
    ['source', source],
    ...(reference === undefined ? [] : [['reference', reference] as const]),
    ...translationVariants.flatMap((variant) => {
      const found = translations[variant]?.[i]
      return found === undefined ? [] : [[variantNames[variant], found.text] as const]
    }),
  ]
}

/** Every sentence as a block of lines, ready to print. */
export const translationSamplesText = (found: TranslationSamples): string =>
  found.sentences
    .map((_, i) => {
      const lines = labelled(found, i)
      const width = Math.max(...lines.map(([label]) => label.length))
      return `${lines.map(([label, text]) => `${label.padEnd(width)}  ${text}`.trimEnd()).join('\n')}\n\n`
    })
    .join('')

/** The same as data; `logProbability` in nats. */
export const translationSamplesJson = ({
  trained,
  adapter,
  method,
  sentences,
  translations,
}: TranslationSamples): string => exactJson({ trained, adapter, method, sentences, translations })
