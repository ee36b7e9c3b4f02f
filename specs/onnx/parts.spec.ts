/** Operations that are taken a few rows at a time, where they run and not in files; their values are in masked-convolution-nodes.spec.ts. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { exportProgram } from '../../lib/onnx/export.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { partsForm } from '../../lib/onnx/parts.ts'
import { input } from '../../lib/ops/layout.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { sumAll } from '../../lib/ops/reduce.ts'
import { outputs } from '../../lib/program.ts'

const mask: Mask = { stack: 'full', kind: 'B', size: 3, groups: 1 }

/** Patches of an image of 28 × 28 pixels and 16 channels are 62 720 values. */
const convolved = (batch: number, channels: number, maps: number) => {
  const [from, to] = [axis('input', channels), axis('output', maps)]
  const x = input('x', axis('batch', batch), axis('row', 28), axis('column', 28), from)
  const weight = input('w', axis('tap', windowOf(mask).count), from, to)
  const y = maskedConvolution(mask)(x, weight)
  return { y, slopes: gradient(sumAll(multiply(y, y)), { x, weight }) }
}

const count = (type: string, of: Parameters<typeof outputs>[0]): number =>
  lower(outputs(of), partsForm).graph.nodes.filter((n) => n.type === type).length

describe('a large batch', () => {
  it.each([
    [8, 1],
    [9, 3],
    [16, 2],
    [17, 17],
    [24, 3],
    [54, 9],
  ])('of %i images is taken in as few equal parts as keep 2¹⁹ values: %i', (batch, parts) => {
    expect(count('MatMul', { y: convolved(batch, 16, 9).y })).toBe(parts)
  })

  it('of images of one channel, or to few channels, is taken at once', () => {
    expect(count('Gemm', { y: convolved(64, 1, 16).y })).toBe(1)
    expect(count('ConvTranspose', { y: convolved(64, 16, 2).y })).toBe(2)
  })

  it('makes each patch once for a layer and the gradient of its weight', () => {
    const { y, slopes } = convolved(16, 16, 16)
    expect(count('Gather', { y, weight: slopes.weight })).toBe(2)
    expect(count('Gather', { y, ...slopes })).toBe(4)
  })

  it('stays in parts between a layer and its gradients, where what lies between is elementwise', () => {
    const { slopes } = convolved(16, 16, 16)
    expect(count('Split', { ...slopes })).toBe(1)
    expect(count('Concat', { ...slopes })).toBe(1)
  })

  it('is free in a file', async () => {
    const program = ({ batch }: { readonly batch: number }) => outputs({ y: convolved(batch, 16, 9).y })
    expect(E.isRight(await exportProgram({ dynamic: ['batch'], program })())).toBe(true)
  })
})
