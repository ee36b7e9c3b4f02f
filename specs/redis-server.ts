/**
 * A Redis of a spec's own: `redis-server` on a free port of this machine, in a folder of its own, every write on disk. It and the
 * commands here end with the process that started them, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Redis } from 'ioredis'
import type { QueueUrl } from '../lib/scale/queue/url.ts'
import { queueUrl } from '../lib/scale/queue/url.ts'
import { right } from './either.ts'

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

/** A child that is killed when this process is gone: a shell waits for the end of a pipe that it holds. */
const tied = (child: ChildProcess): ChildProcess => {
  const watching = 'read -r _; kill -9 "$0" 2>/dev/null'
  const guard = spawn('sh', ['-c', watching, String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.unref()
  children.add(child)
  child.once('exit', () => {
    children.delete(child)
    guard.kill('SIGKILL')
  })
  return child
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
  })

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => void child.once('exit', () => resolve()))

/** A server, and what can happen to it. */
export interface Server {
  readonly url: string
  readonly on: QueueUrl
  readonly client: Redis
  readonly signal: (signal: NodeJS.Signals) => void
  /** Kills it; it starts again with what is on its disk, or with nothing. */
  readonly restart: (kept: boolean) => Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts a server. */
export const startRedis = async (...settings: readonly string[]): Promise<Server> => {
  const [port, folder] = [await freePort(), mkdtempSync(join(tmpdir(), 'exptilt-redis-'))]
  const dataless = ['--save', '', '--appendonly', 'yes', '--dir', folder, '--loglevel', 'warning']
  const start = (): ChildProcess =>
    tied(
      spawn('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', ...dataless, ...settings], {
        stdio: 'ignore',
      }),
    )
  let child = start()
  const url = `redis://127.0.0.1:${port}`
  const client = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 })
  client.on('error', () => undefined)
  await client.ping().catch(() => undefined)
  return {
    url,
    on: right(queueUrl(url)),
    client,
    signal: (signal) => child.kill(signal),
    restart: async (kept) => {
      child.kill('SIGKILL')
      await ended(child)
      if (!kept) rmSync(join(folder, 'appendonlydir'), { recursive: true, force: true })
      child = start()
      await client.ping()
    },
    stop: async () => {
      client.disconnect()
      child.kill('SIGKILL')
      await ended(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const PROGRAM = fileURLToPath(new URL('../bin/exptilt.js', import.meta.url))

/** A command in a process of its own. */
export interface Command {
  readonly pid: number | undefined
  readonly said: () => string
  readonly kill: (signal: NodeJS.Signals) => void
  /** Its exit code; null where a signal ended it. */
  readonly end: Promise<number | null>
  /** Waits until it says something. */
  readonly says: (pattern: RegExp) => Promise<void>
}

/** Runs `exptilt` with these arguments in a process of its own. */
export const command = (...argv: readonly string[]): Command => program(PROGRAM, ...argv)

/** Runs a program of Node in a process of its own. */
export const program = (...argv: readonly string[]): Command => {
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
  tied(child)
  let said = ''
  const waiting: { readonly pattern: RegExp; readonly go: () => void }[] = []
  const hear = (data: Buffer): void => {
    said += data.toString()
    for (const { pattern, go } of waiting) if (pattern.test(said)) go()
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  return {
    pid: child.pid,
    said: () => said,
    kill: (signal) => child.kill(signal),
    end: new Promise((resolve) => void child.once('exit', resolve)),
    says: (pattern) =>
      pattern.test(said)
        ? Promise.resolve()
        : new Promise((go) => {
            waiting.push({ pattern, go })
          }),
  }
}
