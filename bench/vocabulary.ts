/** A vocabulary as byte-level tokenizers have it, made up: pieces of JSON, digits, and words of one to nine letters with and without a blank. */
import { fineUniforms } from '../lib/energy/uniform.ts'
import { key } from '../lib/key.ts'
import { bytesOfTexts } from '../lib/tilt/model.ts'

const PIECES = [...'{}[]",:.-0123456789 \n', '":', '","', '{"', '"}', '":"', '],', 'true', 'false', 'null']
const COMMON = 'eeeeettttaaaooiinnsshhrrddlluucmwfgypbvk'

/** So many tokens; the last ends texts and spells nothing. */
export const madeUpVocabulary = (count: number): readonly Uint8Array[] => {
  const u = fineUniforms(key(1), 12 * count)
  const words = new Set(PIECES)
  for (let i = 0; words.size < count - 1; i = (i + 1) % count) {
    const at = (k: number): number => u[(12 * i + k) % u.length] ?? 0
    const letters = Array.from(
      { length: 1 + Math.floor(9 * at(0)) },
      (_, k) => COMMON[Math.floor(COMMON.length * at(k + 2))],
    )
    const word = `${at(1) < 0.6 ? ' ' : ''}${letters.join('')}`
    // A word that is there already gets a number, as rare pieces do.
    words.add(words.has(word) ? `${word}${words.size}` : word)
  }
  return [...bytesOfTexts([...words]), new Uint8Array(0)]
}

/** An object of so many properties: names, whole numbers, lists, choices. */
export const madeUpSchema = (properties: number): unknown => {
  const kinds = [
    { type: 'string', maxLength: 20 },
    { type: 'integer', minimum: 0, maximum: 9999 },
    { type: 'array', items: { type: 'boolean' }, maxItems: 5 },
    { enum: ['red', 'green', 'blue', null] },
    { type: 'string', pattern: '^[A-Z]{2}-\\d{4}$' },
  ]
  const names = Array.from({ length: properties }, (_, i) => `field${i}`)
  return {
    type: 'object',
    properties: Object.fromEntries(names.map((name, i) => [name, kinds[i % kinds.length]])),
    required: names.filter((_, i) => i % 2 === 0),
  }
}
