/** Random numbers on the GPU: the bits of key.ts, and the exhaustive bounds of uniforms and Gumbel variables. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Expr } from '../../lib/expr.ts'
import { fold, uniforms, words } from '../../lib/key.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { stack } from '../../lib/ops/join.ts'
import { add, cast, constant, log, multiply, negate, unit } from '../../lib/ops/pointwise.ts'
import { bernoulli, foldKey, inputKey, randomBits, uniform } from '../../lib/ops/random.ts'
import { argmax, max, min, sum } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { right } from '../either.ts'
import { agreesOn, describeOperations, portable } from '../webgpu/compare.ts'
import { exactDraws } from './exact-draws.ts'
import { impossibleDraws } from './impossible-draws.ts'

const [a, b] = [axis('a', 37), axis('b', 101)]
const k = inputKey('key')

/** Every value of the 23 bits that a uniform is made of. */
const every = (): Uint32Array => Uint32Array.from({ length: 2 ** 23 }, (_, i) => i * 512)

await describeOperations('random', ['random_bits', 'fold_key'], {}, (executor, device) => {
  it('F13: the same bits as key.ts, whichever operation asks', async () => {
    const asked: Readonly<Record<string, Expr>> = {
      bits: randomBits(foldKey(3)(k))(a, b),
      uniform: uniform(foldKey(3)(k))(a, b),
      mask: bernoulli(foldKey(3)(k), 0.3)(a, b),
      child: foldKey(3)(k),
    }
    const got = right(await evaluateOn(executor)(asked, { key: Uint32Array.of(5, 6) })())
    const child = fold([5, 6], 3)
    expect(got['bits']?.data).toEqual(words(child, 37 * 101))
    expect(got['uniform']?.data).toEqual(Float32Array.from(uniforms(child, 37 * 101)))
    expect(got['mask']?.data).toEqual(Float32Array.from(uniforms(child, 37 * 101), (u) => Number(u < Math.fround(0.3))))
    expect(got['child']?.data).toEqual(Uint32Array.from(child))
  })

  it('F13: the known answers of Random123 for key and counter 0', async () => {
    const got = right(
      await evaluateOn(executor)({ bits: randomBits(k)(axis('n', 2)) }, { key: Uint32Array.of(0, 0) })(),
    )
    expect([...(got.bits?.data ?? [])]).toEqual([0x6b200159, 0x99ba4efe])
  })

  agreesOn(() => executor, [...impossibleDraws, ...exactDraws])

  describe('without subgroups', () => agreesOn(() => webGpuExecutor()(portable(device)), exactDraws))

  it('M1, M2, M3: all 2²³ uniforms lie in (0, 1), their Gumbel variables are bounded, and a gap of 60 is never bridged', async () => {
    const n = axis('n', 2 ** 23)
    const u = unit(inputOf('u32')('bits', n))
    const noise = negate(log(negate(log(u))))
    const lowest = min(n)(noise)
    const pair = axis('pair', 2)
    const second = add(noise, constant(-60))
    const first = add(multiply(noise, constant(0)), lowest)
    const drawn = argmax(pair)<'n' | '1'>(stack(pair)(first, second))
    const got = right(
      await evaluateOn(executor)(
        { u, least: min(n)(u), most: max(n)(u), lowest, highest: max(n)(noise), drawn: sum(n)(cast('f32')(drawn)) },
        { bits: every() },
      )(),
    )
    const values = Float64Array.from(got.u?.data ?? [])
    expect(values.findIndex((x, i) => x !== (i + 0.5) * 2 ** -23)).toBe(-1)
    expect([got.least?.data[0], got.most?.data[0]]).toEqual([2 ** -24, 1 - 2 ** -24])
    expect([values.length, values.reduce((s, x) => s + x, 0)]).toEqual([2 ** 23, 2 ** 22])
    expect(got.lowest?.data[0]).toBeGreaterThanOrEqual(-2.83)
    expect(got.highest?.data[0]).toBeLessThanOrEqual(16.7)
    expect(got.drawn?.data[0]).toBe(0)
  })
})
