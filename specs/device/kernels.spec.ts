import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { compileKernel, KERNEL_BOUND } from '../../lib/device/kernels.ts'
import type { ShaderBody } from '../../lib/shader.ts'
import { describeOnDevice } from '../adapter.ts'

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

  it('keeps a bounded number of kernels', async () => {
    const compile = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        const kernel = await compileKernel(device)(request(made(`y[0] = ${i}.0;`)))()
        expect(E.isRight(kernel)).toBe(true)
      }
    }
    await compile(0, KERNEL_BOUND)
    const full = process.memoryUsage().rss
    await compile(KERNEL_BOUND, 2 * KERNEL_BOUND + 40)
    expect(device.cache.kernels.size).toBe(KERNEL_BOUND)
    // Once the cache is full, as many kernels again may not cost what the first ones did (212 MiB on llvmpipe).
    expect(process.memoryUsage().rss - full).toBeLessThan(200 * 2 ** 20)
  })
})
