/** What a spec starts ends with it, even where it is killed. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeOnRedis } from './on-redis.ts'

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describeOnRedis('a server of a spec', () => {
  it('is gone when the process of the spec was killed', async () => {
    const program = `
      import { startRedis } from ${JSON.stringify(fileURLToPath(new URL('redis-server.ts', import.meta.url)))}
      const { client } = await startRedis()
      const [, pid] = /process_id:(\\d+)/.exec(await client.info('server'))
      console.log(pid)
      setInterval(() => undefined, 1000)`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const pid = await new Promise<number>((go) => child.stdout.once('data', (data: Buffer) => go(Number(data))))
    expect(isAlive(pid)).toBe(true)
    child.kill('SIGKILL')
    await expect.poll(() => isAlive(pid), { timeout: 5000 }).toBe(false)
  })
})
