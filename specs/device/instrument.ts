/**
 * Wrapping a raw device, to count or to break its calls.
 */

/** What a wrapped device may do differently. Each gets the real call as its last argument. */
export interface Overrides {
  readonly createBuffer?: (descriptor: GPUBufferDescriptor, real: () => GPUBuffer) => GPUBuffer
  readonly popErrorScope?: (real: () => Promise<GPUError | null>) => Promise<GPUError | null>
  readonly submit?: (real: () => undefined) => undefined
}

const bound = (target: object, name: string | symbol): unknown => {
  const value: unknown = Reflect.get(target, name, target)
  return typeof value === 'function' ? value.bind(target) : value
}

const wrapQueue = (queue: GPUQueue, overrides: Overrides): GPUQueue =>
  new Proxy(queue, {
    get: (target, name) => {
      if (name !== 'submit' || overrides.submit === undefined) return bound(target, name)
      return (commands: Iterable<GPUCommandBuffer>) => overrides.submit?.(() => target.submit(commands))
    },
  })

/** The device with some calls replaced. */
export const instrumented =
  (overrides: Overrides) =>
  (gpu: GPUDevice): GPUDevice => {
    const queue = wrapQueue(gpu.queue, overrides)
    return new Proxy(gpu, {
      get: (target, name) => {
        if (name === 'queue') return queue
        if (name === 'createBuffer' && overrides.createBuffer !== undefined) {
          return (d: GPUBufferDescriptor) => overrides.createBuffer?.(d, () => target.createBuffer(d))
        }
        if (name === 'popErrorScope' && overrides.popErrorScope !== undefined) {
          return () => overrides.popErrorScope?.(() => target.popErrorScope())
        }
        return bound(target, name)
      },
    })
  }

/** Counts buffers made and destroyed. */
export interface Counter {
  made: number
  destroyed: number
}

/** An instrument that counts buffers in `counter`. */
export const counting = (counter: Counter): ((gpu: GPUDevice) => GPUDevice) =>
  instrumented({
    createBuffer: (_descriptor, real) => {
      counter.made += 1
      const buffer = real()
      const destroy = buffer.destroy.bind(buffer)
      buffer.destroy = () => {
        counter.destroyed += 1
        destroy()
      }
      return buffer
    },
  })
