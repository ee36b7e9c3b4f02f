/**
 * A device for specs: acquired once a file. Without a usable adapter the suite is skipped, or fails where
 * `EXPTILT_REQUIRE_WEBGPU=1` says that there must be one.
 */
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, it } from 'vitest'
import { acquire, type AcquireOptions, type Device, destroy } from '../lib/device.ts'
import { describeFailure } from '../lib/errors.ts'

const required = process.env['EXPTILT_REQUIRE_WEBGPU'] === '1'

/** A fresh device for one test; throws where there is none. */
export const acquireOrThrow = async (options: AcquireOptions = {}): Promise<Device> => {
  const acquired = await acquire({ selfTest: 'skip', ...options })()
  if (E.isRight(acquired)) return acquired.right
  throw new Error(describeFailure(acquired.left))
}

/**
 * A suite that needs a device which passes the self test, as every program does: one that fails it is no usable adapter. The
 * title names the adapter; the device is destroyed at its end.
 */
export const describeOnDevice = async (title: string, body: (device: Device) => void): Promise<void> => {
  const acquired = await acquire()()
  if (E.isRight(acquired)) {
    const device = acquired.right
    console.info(`${title}: ${device.adapter.name}${device.adapter.isSoftware ? ' (software)' : ''}`)
    describe(`${title} [${device.adapter.name}]`, () => {
      afterAll(() => destroy(device))
      body(device)
    })
  } else if (required) {
    describe(title, () => it('has an adapter', () => Promise.reject(new Error(describeFailure(acquired.left)))))
  } else {
    describe.skip(`${title} [${describeFailure(acquired.left)}]`, () => it('needs an adapter', () => undefined))
  }
}
