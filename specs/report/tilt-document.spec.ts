/** The report of a tilt: doubts first, what masking changes, and the genealogy of its particles. */
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../lib/codec/json.ts'
import { figuresOf } from '../../lib/report/document.ts'
import { htmlOf } from '../../lib/report/document-html.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { drawDocument } from '../../lib/report/draw.ts'
import { genealogy } from '../../lib/report/tilt-charts.ts'
import { tiltDocument } from '../../lib/report/tilt-document.ts'
import type { TiltResults } from '../../lib/systems/tilt/results.ts'
import { right, run } from '../either.ts'
import { tiltOfLetters } from './tilt-example.ts'
import { xmlFault } from './xml.ts'

const textsOf = async (options: Parameters<typeof tiltOfLetters>[0]): Promise<string> =>
  textOf(tiltDocument(await tiltOfLetters(options)))

/** A population of one island of three, resampled after the steps 0 and 1; the last particle has no weight. */
const small = async (): Promise<TiltResults> => {
  const found = await tiltOfLetters({ particles: 4 })
  const text = (weight: number, origin: number) => ({
    text: 'a',
    tokens: 2,
    weight,
    logWeight: Math.log(weight),
    origin,
  })
  return {
    ...found,
    texts: [text(0.75, 2), text(0.25, 2), text(0, 0)],
    steps: [
      { step: 0, island: 0, effectiveSampleSize: 1.4, ancestors: [2, 0, 2] },
      { step: 1, island: 0, effectiveSampleSize: 1.2, ancestors: [0, 2, 2] },
      { step: 2, island: 0, effectiveSampleSize: 2, ancestors: null },
    ],
    deaths: [{ island: 0, particle: 2, step: 2, text: 'ab', cause: 'the words' }],
  }
}

describe('the report of a tilt', () => {
  it('says first what the texts are, what is in doubt, log Z and its error', async () => {
    const text = await textsOf({ regex: 'c?(ab|b|ca)*', particles: 64 })
    expect(text).toMatch(
      /log Z is −\d\.\d{3} ± \d\.\d{3} nats: [\d.]+ % of the model’s texts meet the constraint \(the regular expression \/c\?\(ab\|b\|ca\)\*\/u\) and end within 6 tokens\.\n/,
    )
    expect(text).toMatch(/Masking alone, without its weights, is off by [\d.]+ % ± [\d.]+ %/)
    expect(text).toMatch(/mean +masking +exact \(smc\)\n/)
    expect(text).toMatch(/^tokens +\d\.\d ± \d\.\d +\d\.\d ± \d\.\d$/m)
    const few = await textsOf({ regex: 'c?(ab|b|ca)*', particles: 2, islands: 1 })
    expect(few).toContain('It is in doubt; see below.')
    expect(few.indexOf('In doubt. There is one island')).toBeLessThan(few.indexOf('Texts'))
  })

  it('gives no error of what was not seen', async () => {
    const found = await tiltOfLetters({ regex: 'c?(ab|b|ca)*', particles: 64 })
    const [contrast] = found.masking?.contrasts ?? []
    if (found.masking === undefined || contrast === undefined) throw new Error('no contrast')
    const unseen = { ...contrast, name: 'begins with "b"', exact: 0, exactError: 0 }
    const text = textOf(tiltDocument({ ...found, masking: { ...found.masking, contrasts: [unseen] } }))
    expect(text).toMatch(/^begins with "b" +\d\.\d ± \d\.\d +not seen$/m)
  })

  it('says first of all that moments are not met', async () => {
    const met = await tiltOfLetters({ moments: [{ regex: 'b', share: 0.5 }] })
    const text = textOf(tiltDocument({ ...met, doubts: ['moments not met', ...met.doubts], reliable: false }))
    expect(text.indexOf('In doubt. The moments are not met')).toBeLessThan(text.indexOf('log Z is'))
    expect(text).toMatch(/^\/b\/u +50\.0 % +[\d.]+ % +50\.0 % +[\d.]+ % +−?\d\.\d\d$/m)
    expect(textOf(tiltDocument(met))).not.toContain('In doubt')
  })

  it('names what killed particles, how often, and one of their texts', async () => {
    expect(textOf(tiltDocument(await small()))).toMatch(/^the words +1 +2 +"ab"$/m)
  })

  it('is a page with a figure of sizes, weights and genealogy', { timeout: 60_000 }, async () => {
    const document = tiltDocument(await tiltOfLetters({ regex: 'c?(ab|b|ca)*b{2}', particles: 40 }))
    expect(figuresOf(document).map(({ name }) => name)).toEqual(['effective-particles', 'weights', 'genealogy'])
    const html = htmlOf(await run(drawDocument(document)))
    expect(xmlFault(html.slice(html.indexOf('<main>'), html.indexOf('</main>') + '</main>'.length))).toBeUndefined()
  })
})

const layerCodec = t.type({ data: t.type({ values: t.readonlyArray(t.record(t.string, t.unknown)) }) })

describe('the genealogy', () => {
  it('colours each piece of a lineage by its ancestor, and greys what left no text', async () => {
    const chart = genealogy(await small())
    const layers = chart?.['layer']
    const [lines, crosses] = Array.isArray(layers) ? layers : []
    const valuesOf = (layer: unknown) => right(decodeJson(layerCodec, 'a layer')(JSON.stringify(layer))).data.values
    const drawn = valuesOf(lines).map(({ step, until, place, to, line }) => [step, until, place, to, line])
    const [one, none] = ['ancestor 1', 'left no text']
    // From step 0: 2 has the children 0 and 2, 0 the child 1. Of these 0 and 2 are the parents of the living texts, 2 of the dead one too.
    expect(drawn).toEqual(
      expect.arrayContaining([
        [0, 1, 2, 0, one],
        [0, 1, 0, 1, none],
        [0, 1, 2, 2, one],
        [1, 2, 0, 0, one],
        [1, 2, 2, 1, one],
        [1, 2, 2, 2, none],
        [2, 3, 0, 0, one],
        [2, 3, 1, 1, one],
        [2, 3, 2, 2, none],
      ]),
    )
    expect(drawn).toHaveLength(9)
    expect(valuesOf(crosses)).toEqual([{ step: 2, place: 2 }])
  })

  it('is left out where nothing was resampled, or where there is too much to see', async () => {
    const found = await small()
    expect(genealogy({ ...found, steps: found.steps.map((step) => ({ ...step, ancestors: null })) })).toBeUndefined()
    const many = Array.from({ length: 13_000 }, (_, i) => i)
    const text = found.texts[0]
    expect(
      genealogy({
        ...found,
        texts: many.flatMap(() => (text === undefined ? [] : [text])),
        steps: [{ step: 0, island: 0, effectiveSampleSize: 2, ancestors: many }],
      }),
    ).toBeUndefined()
  })
})
