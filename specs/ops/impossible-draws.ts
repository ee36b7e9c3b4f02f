/** M1 on any executor: symbols that are much less likely are never drawn, with the random words that favour them most. */
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { axesOf, type Expr, substitute } from '../../lib/expr.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { blocksOf, categorical } from '../../lib/ops/categorical.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { outputs } from '../../lib/program.ts'
import { run } from '../either.ts'
import { specialDraws } from './special-draws.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

/** The same expression with its random words fed as `bits`. */
export const fed = (root: Expr): { readonly root: Expr; readonly bits: Expr } => {
  const drawn =
    substitute([root], (x) => (x.op.name === 'random_bits' ? inputOf('u32')('bits', ...axesOf(x)) : undefined))[0] ??
    root
  return { root: drawn, bits: inputOf('u32')('bits', ...axesOf(root)) }
}

/** The words of one draw: the least noise there is for the one that must be drawn (and its block), the most for all others. */
const worstBits = (symbols: number, likely: number): Uint32Array => {
  const most = 2 ** 32 - 1
  if (symbols < 1024) return new Uint32Array(symbols).fill(most).fill(0, likely, likely + 1)
  const [block, element] = blocksOf(axis('symbol', symbols))
  const bits = new Uint32Array(block.size + element.size).fill(most)
  for (const place of [Math.floor(likely / element.size), block.size + (likely % element.size)]) bits[place] = 0
  return bits
}

/** Which symbols are drawn for each gap and each place of the likely one, where another is. */
const drawnAmong =
  (symbols: number) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const symbol = axis('symbol', symbols)
    const { root } = fed(categorical(symbol)(inputKey('key'))(input('logits', symbol)))
    const prepared = await run(executor.prepare(outputs({ drawn: root })))
    const complaints: string[] = []
    for (const gap of [60, 200, 1e4])
      for (const likely of new Set([0, symbols >> 1, symbols - 1])) {
        const bits = worstBits(symbols, likely)
        const logits = new Float64Array(symbols).fill(-gap).fill(0, likely, likely + 1)
        const found = (await run(prepared.run({ bits, logits })))['drawn']?.data[0]
        if (found !== likely) complaints.push(`${found} for ${likely} at a gap of ${gap}`)
      }
    prepared.release()
    return complaints
  }

/** From two symbols to a vocabulary of 131 072. */
export const impossibleDraws: readonly Comparison[] = [
  ...[2, 3, 32_768, 131_072].map((symbols) => ({
    title: `M1: of ${symbols} symbols the Gumbel maximum never draws one whose logit is 60, 200 or 10⁴ lower`,
    complaints: drawnAmong(symbols),
  })),
  ...specialDraws,
]
