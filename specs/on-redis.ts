/** Suites that need `redis-server`: skipped without it, or failed where `EXPTILT_REQUIRE_REDIS=1` says that there must be one. */
import { spawnSync } from 'node:child_process'
import { describe, it } from 'vitest'

const required = process.env['EXPTILT_REQUIRE_REDIS'] === '1'
const isThere = spawnSync('redis-server', ['--version']).status === 0

/** A suite that needs `redis-server`. */
export const describeOnRedis = (title: string, body: () => void): void => {
  if (isThere) describe(title, body)
  else if (required) describe(title, () => it('has redis-server', () => Promise.reject(new Error('install it'))))
  else describe.skip(`${title} [redis-server is not installed]`, () => it('needs redis-server', () => undefined))
}
