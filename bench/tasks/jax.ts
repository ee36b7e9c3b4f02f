/**
 * The same product by jax-js, on its wasm backend or on its WebGPU backend over the adapter that ours uses (Dawn, through
 * the package `webgpu`). While it waits for Dawn the event loop naps as ours does: without that, Dawn's polling takes
 * one of a software adapter's cores.
 */
import { create, globals } from 'webgpu'
import { napping } from '../../lib/device/nap.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { checkCorner, matrix, productsPerRepeat } from '../matrices.ts'

/** The parts of jax-js that are used; its own declarations need a newer library of types than ours. */
interface JaxArray {
  readonly ref: JaxArray
  readonly reshape: (shape: readonly number[]) => JaxArray
  readonly blockUntilReady: () => Promise<unknown>
  readonly data: () => Promise<ArrayLike<number>>
  readonly dispose: () => void
}

interface Jax {
  readonly init: (backend: string) => Promise<readonly string[]>
  readonly defaultDevice: (backend: string) => unknown
  readonly numpy: {
    readonly array: (values: Float32Array) => JaxArray
    readonly matmul: (a: JaxArray, b: JaxArray) => JaxArray
  }
}

const isJax = (module: unknown): module is Jax =>
  typeof module === 'object' && module !== null && 'init' in module && 'defaultDevice' in module && 'numpy' in module

const PACKAGE: string = '@jax-js/jax'

const loadJax = async (): Promise<Jax> => {
  const module: unknown = await import(PACKAGE)
  if (!isJax(module)) throw new Error(`${PACKAGE} exports something else than it did`)
  return module
}

/** What a browser has: jax-js looks there for WebGPU. */
const asInBrowser = (): void => {
  Object.assign(globalThis, globals)
  const value = { gpu: create([]), userAgent: 'node' }
  Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true })
}

/** Settings: `backend` (`webgpu` or `wasm`), `size`. */
export const measure: Task = async (settings) => {
  const n = numberIn(settings, 'size')
  const backend = settings['backend'] === 'webgpu' ? 'webgpu' : 'wasm'
  if (backend === 'webgpu') asInBrowser()
  const { init, defaultDevice, numpy } = await loadJax()
  if (!(await init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} here`)
  defaultDevice(backend)
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
