/**
 * The same product by jax-js, on its wasm backend or on its WebGPU backend. While it waits for Dawn the event loop naps as
 * ours does: without that, Dawn's polling takes one of a software adapter's cores.
 */
import { napping } from '../../lib/device/nap.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { openJax } from '../jax.ts'
import { checkCorner, matrix, productsPerRepeat } from '../matrices.ts'

/** Settings: `backend` (`webgpu` or `wasm`), `size`. */
export const measure: Task = async (settings) => {
  const n = numberIn(settings, 'size')
  const { numpy } = await openJax(settings)
  const [left, right] = [matrix(n, 1), matrix(n, 2)]
  const [a, b] = [numpy.array(left).reshape([n, n]), numpy.array(right).reshape([n, n])]
  // Every product is waited for: jax-js is lazy and would not compute one that is given up unread.
  const multiply = async () => {
    const products = Array.from({ length: productsPerRepeat(n) }, () => numpy.matmul(a.ref, b.ref))
    await napping(Promise.all(products.map((product) => product.blockUntilReady())))
    return products
  }
  const [first, ...others] = await multiply()
  for (const product of others) product.dispose()
  checkCorner(left, right, n, Number((await first?.data())?.[0]))
  const times = await timed(settings, async () => {
    for (const product of await multiply()) product.dispose()
  })
  return { times: times.map((t) => t / productsPerRepeat(n)), facts: {} }
}
