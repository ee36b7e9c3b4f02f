/** Masked rows: how many tokens are chosen and what becomes of them; the loss counts those alone. */
import { describe, expect, it } from 'vitest'
import { key, uniforms } from '../../../lib/key.ts'
import { transformer } from '../../../lib/models/transformer.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { baseSize } from '../../../lib/systems/residual/networks.ts'
import { chosenOf, maskedFeeds, maskedProgram } from '../../../lib/systems/residual/masked.ts'
import { run } from '../../either.ts'
import { tinyOptions } from './tiny.ts'

const [count, time, symbols] = [400, 20, 50]
const rows = {
  tokens: Int32Array.from(uniforms(key(1), count * time), (u) => Math.floor((symbols - 1) * u)),
  count,
  time,
}
const size = { ...baseSize(tinyOptions(''), symbols, symbols - 1), context: time }

describe('masked rows', () => {
  it('three of twenty tokens in each row, of which 80 % are hidden, 10 % replaced, 10 % left', () => {
    const { tokens, targets, weights } = maskedFeeds(rows, size, key(2))
    expect(chosenOf(time)).toBe(3)
    expect(targets).toEqual(rows.tokens)
    const chosen = Array.from(weights ?? []).flatMap((w, i) => (w === 1 ? [i] : []))
    expect(chosen).toHaveLength(3 * count)
    for (let i = 0; i < count; i++) expect(chosen.filter((j) => Math.floor(j / time) === i)).toHaveLength(3)
    rows.tokens.forEach((token, i) => {
      if (weights?.[i] === 0) expect(tokens?.[i]).toBe(token)
    })
    // Shares of 1 200 draws: standard errors 0.012 and 0.009; five of them. A replacement may be the token itself.
    const share = (of: (seen: number, was: number) => boolean): number =>
      chosen.filter((i) => of(tokens?.[i] ?? -1, rows.tokens[i] ?? -1)).length / chosen.length
    expect(Math.abs(share((seen) => seen === symbols - 1) - 0.802)).toBeLessThan(0.06)
    expect(Math.abs(share((seen, was) => seen === was) - 0.102)).toBeLessThan(0.045)
  })

  it('the loss is log V under weights of zero, and does not see other positions', { timeout: 20_000 }, async () => {
    const few = { tokens: rows.tokens.slice(0, 2 * time), count: 2, time }
    const executor = await run(openOnnx())
    const prepared = await run(executor.prepare(maskedProgram(size, { batch: 2, time })))
    const parameters = transformer(size).initialise(key(3))
    const lossOf = async (feeds: ReturnType<typeof maskedFeeds>): Promise<number> =>
      (await run(prepared.run(feeds, ['loss'])))['loss']?.data[0] ?? Number.NaN
    const feeds = maskedFeeds(few, size, key(4))
    await run(prepared.writeState(parameters))
    const found = await lossOf(feeds)
    const elsewhere = few.tokens.map((token, i) => (feeds['weights']?.[i] === 1 ? token : 7))
    expect(await lossOf({ ...feeds, targets: elsewhere })).toBe(found)
    const flat = Object.fromEntries(Object.entries(parameters).map(([name, x]) => [name, x.map(() => 0)]))
    await run(prepared.writeState(flat))
    expect(await lossOf(feeds)).toBeCloseTo(Math.log(symbols), 5)
    executor.release()
  })
})
