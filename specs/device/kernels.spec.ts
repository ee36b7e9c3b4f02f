import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { compileKernel, KERNEL_BOUND } from '../../lib/device/kernels.ts'
import type { ShaderBody } from '../../lib/shader.ts'
import type { Kernel } from '../../lib/device/types.ts'
import { describeOnDevice } from '../adapter.ts'
import { right } from '../either.ts'
import { collectGarbage } from '../memory.ts'

const made = (statement: string): ShaderBody => ({
  entryPoint: 'made',
  bindings: [{ name: 'y', access: 'read_write' }],
  params: {},
  paramsBytes: 0,
  text: `@group(0) @binding(0) var<storage, read_write> y: array<f32>;
@compute @workgroup_size(1)
fn made() {
  ${statement}
}
`,
})

const request = (source: ShaderBody) => ({ shader: 'made', preludes: ['pointwise'], overrides: {}, source })

await describeOnDevice('kernels', (device) => {
  it('tells file, line and text of an error', async () => {
    const kernel = await compileKernel(device)(request(made('y[0] = tahn_(y[1]);')))()
    expect(E.isLeft(kernel) && kernel.left.tag).toBe('ShaderCompilation')
    expect(E.isLeft(kernel) && kernel.left.facts).toMatchObject({
      file: 'generated made',
      line: 4,
      text: '  y[0] = tahn_(y[1]);',
    })
    expect(E.isLeft(kernel) && kernel.left.what).toContain('tahn_')
  })

  it('tells a wrong override', async () => {
    const kernel = await compileKernel(device)({ ...request(made('y[0] = 1.0;')), overrides: { TILE: 3 } })()
    expect(E.isLeft(kernel) && kernel.left.tag).toBe('ShaderCompilation')
  })

  it('tells a body that binds too many buffers', async () => {
    const body = made('y[0] = 1.0;')
    const bindings = Array.from({ length: 99 }, (_, i) => ({ name: `y${i}`, access: 'read' as const }))
    const kernel = await compileKernel(device)(request({ ...body, bindings }))()
    expect(E.isLeft(kernel) && kernel.left.tag).toBe('Limit')
  })

  it('compiles equal requests once', async () => {
    const first = await compileKernel(device)(request(made('y[0] = exp_(2.0);')))()
    const second = await compileKernel(device)(request(made('y[0] = exp_(2.0);')))()
    expect(E.isRight(first) && E.isRight(second) && first.right === second.right).toBe(true)
  })

  it('keeps a bounded number of kernels: nobody holds those that it lets go', async () => {
    const first: WeakRef<Kernel>[] = []
    for (let i = 0; i < 2 * KERNEL_BOUND; i++) {
      const kernel = right(await compileKernel(device)(request(made(`y[0] = ${i}.0;`)))())
      if (i < KERNEL_BOUND) first.push(new WeakRef(kernel))
    }
    expect(device.cache.kernels.size).toBe(KERNEL_BOUND)
    await new Promise(setImmediate)
    collectGarbage()
    expect(first.filter((kernel) => kernel.deref() !== undefined)).toHaveLength(0)
  })
})
