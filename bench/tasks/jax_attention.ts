/**
 * Causal attention and its three gradients by jax-js, operands on its device, the sum of all gradients read back.
 */
import { napping } from '../../lib/device/nap.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { type JaxArray, openJax } from '../jax.ts'
import { matrix } from '../matrices.ts'

/** Settings: `backend` (`webgpu` or `wasm`), `batch`, `heads`, `time`, `depth`. */
export const measure: Task = async (settings) => {
  const { numpy, nn, grad } = await openJax(settings)
  const shape = ['batch', 'time', 'heads', 'depth'].map((name) => numberIn(settings, name))
  const size = shape.reduce((a, b) => a * b, 1)
  const operand = (seed: number): JaxArray =>
    numpy.array(matrix(Math.ceil(Math.sqrt(size)), seed).slice(0, size)).reshape(shape)
  const operands = [operand(1), operand(2), operand(3)] as const
  const backward = grad(
    (query, key, value) => numpy.sum(numpy.square(nn.dotProductAttention(query, key, value, { isCausal: true }))),
    { argnums: [0, 1, 2] },
  )
  const times = await timed(settings, async () => {
    const gradients = backward(operands[0].ref, operands[1].ref, operands[2].ref)
    for (const gradient of gradients) await napping(numpy.sum(gradient).data())
  })
  return { times, facts: {} }
}
