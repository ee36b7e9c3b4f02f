/** Slots of a beam's caches: every lane finds its own rows whatever was forgotten, and few slots are enough. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { firstSlots, follow, rowsAt, seenSlots, takeSlots } from '../../lib/models/beam-slots.ts'

const [batch, width, rows] = [6, 3, 40]

/** Lanes of the same prefix to go on from, drawn; with `few`, of one or two. */
const drawn = (seed: number, position: number, few: boolean): Int32Array =>
  Int32Array.from(
    uniforms(fold(key(seed), position), batch),
    (u, r) => r - (r % width) + Math.floor(u * (few ? 2 : width)),
  )

describe('slots', () => {
  it.each([0, 1, 2, 3])('hold what every lane wrote and took over, over 40 steps (draw %d)', (seed) => {
    const ancestors = firstSlots(rows, batch)
    const caches = new Map<number, string>()
    let texts: readonly string[] = Array.from({ length: batch }, () => '')
    for (let position = 0; position < rows; position++) {
      const from = drawn(seed, position, seed % 2 === 0)
      follow(ancestors, from, position)
      texts = texts.map((_, r) => at(texts, at(from, r)))
      const needed = takeSlots(ancestors, position, { batch, width })
      expect(needed).toBeLessThanOrEqual(width * (position + 1))
      const table = rowsAt(ancestors, { batch, width }, 0, position + 1)
      for (let r = 0; r < batch; r++) {
        const letters = Array.from({ length: position }, (_, t) => caches.get(at(table, t * batch + r)))
        expect(letters.join('')).toBe(texts[r])
      }
      const places = rowsAt(ancestors, { batch, width }, position, 1)
      expect(new Set(places).size).toBe(batch)
      places.forEach((place, r) => caches.set(place, String.fromCharCode(97 + r)))
      texts = texts.map((text, r) => text + String.fromCharCode(97 + r))
    }
  })

  it('are taken again when no lane of the prefix has them any more: lanes that always meet need few', () => {
    const ancestors = firstSlots(rows, batch)
    let most = 0
    for (let position = 4; position < rows; position++) {
      follow(ancestors, Int32Array.of(0, 0, 0, 5, 5, 5), position)
      most = takeSlots(ancestors, position, { batch, width })
    }
    expect(most).toBe(rows - 1 + width)
  })

  it('are seen below the position by the lanes that have them', () => {
    const ancestors = firstSlots(4, 2)
    takeSlots(ancestors, 2, { batch: 2, width: 2 })
    expect([...ancestors.subarray(4, 6)]).toEqual([2, 3])
    expect([...seenSlots(ancestors, 3, 2, 5)]).toEqual([1, 1, 1, 0, 0, 1, 1, 0, 1, 0])
    expect([...rowsAt(ancestors, { batch: 2, width: 1 }, 1, 2)]).toEqual([2, 3, 4, 7])
  })

  it('follow others: rows below the position are those of the lane that is continued', () => {
    const ancestors = Int32Array.from({ length: 9 }, (_, i) => i % 3)
    follow(ancestors, Int32Array.of(1, 1, 0), 1)
    follow(ancestors, Int32Array.of(2, 0, 1), 2)
    expect([...ancestors]).toEqual([0, 1, 1, 2, 0, 1, 0, 1, 2])
  })
})
