/** Names of givers and workers: they say where a process runs, and nobody else has the same. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'

/** A name of this process: its machine, its number, and something that no other has. */
export const ownName = (): string =>
  [
    hostname()
      .replace(/[^A-Za-z0-9-]/g, '-')
      .slice(0, 64),
    process.pid,
    randomUUID().slice(0, 4),
  ].join('.')

/** Where the process of a name runs. */
interface Place {
  readonly host: string
  readonly pid: number
}

/** Where the process of a name runs; undefined where the name does not say. */
export const placeOf = (name: string): Place | undefined => {
  const [, host, pid] = /^([A-Za-z0-9-]+)\.(\d{1,10})\.[0-9a-f]{4}/.exec(name) ?? []
  return host === undefined || pid === undefined ? undefined : { host, pid: Number(pid) }
}
