/**
 * jax-js for measurements, on its wasm backend or on its WebGPU backend over the adapter that ours uses (Dawn, through the
 * package `webgpu`).
 */
import { create, globals } from 'webgpu'
import type { Settings } from './types.ts'

/** The parts of jax-js that are used; its own declarations need a newer library of types than ours. */
export interface JaxArray {
  readonly ref: JaxArray
  readonly reshape: (shape: readonly number[]) => JaxArray
  readonly blockUntilReady: () => Promise<unknown>
  readonly data: () => Promise<ArrayLike<number>>
  readonly dispose: () => void
}

export interface Jax {
  readonly init: (backend: string) => Promise<readonly string[]>
  readonly defaultDevice: (backend: string) => unknown
  readonly numpy: {
    readonly array: (values: Float32Array) => JaxArray
    readonly matmul: (a: JaxArray, b: JaxArray) => JaxArray
    readonly square: (a: JaxArray) => JaxArray
    readonly sum: (a: JaxArray) => JaxArray
  }
  readonly nn: {
    readonly dotProductAttention: (
      query: JaxArray,
      key: JaxArray,
      value: JaxArray,
      options: { readonly isCausal: boolean },
    ) => JaxArray
  }
  readonly grad: (
    f: (query: JaxArray, key: JaxArray, value: JaxArray) => JaxArray,
    options: { readonly argnums: readonly number[] },
  ) => (query: JaxArray, key: JaxArray, value: JaxArray) => readonly JaxArray[]
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

function* mapped(this: Iterable<unknown>, f: (x: unknown) => unknown): Generator {
  for (const x of this) yield f(x)
}

function* filtered(this: Iterable<unknown>, keep: (x: unknown) => unknown): Generator {
  for (const x of this) if (keep(x)) yield x
}

/** Node 20 lacks the iterators' `map` and `filter`, which jax-js uses in `einsum`. */
const withIteratorHelpers = (): void => {
  const prototype: unknown = Object.getPrototypeOf(Object.getPrototypeOf(''.matchAll(/./g)))
  if (typeof prototype !== 'object' || prototype === null || 'map' in prototype) return
  Object.defineProperty(prototype, 'map', { value: mapped })
  Object.defineProperty(prototype, 'filter', { value: filtered })
}

/** jax-js on the backend named in `settings.backend` (`webgpu` or `wasm`). */
export const openJax = async (settings: Settings): Promise<Jax> => {
  const backend = settings['backend'] === 'webgpu' ? 'webgpu' : 'wasm'
  if (backend === 'webgpu') asInBrowser()
  withIteratorHelpers()
  const jax = await loadJax()
  if (!(await jax.init(backend)).includes(backend)) throw new Error(`jax-js has no ${backend} here`)
  jax.defaultDevice(backend)
  return jax
}
