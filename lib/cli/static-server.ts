/** A static server of one folder on this machine's own address, for pages that are looked at here. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}

/** A server that runs. */
interface StaticServer {
  readonly url: string
  readonly close: () => void
}

const missing = (response: ServerResponse): void => {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
  response.end('there is no such page')
}

/** The file that a path of an address means; undefined for one that leaves the folder or is none. */
const fileOf = (folder: string, address: string): string | undefined => {
  try {
    const path = normalize(decodeURIComponent(new URL(address, 'http://localhost').pathname))
    return path.split(sep).includes('..') || path.includes('\0')
      ? undefined
      : join(folder, path.endsWith(sep) ? `${path}index.html` : path)
  } catch {
    return undefined
  }
}

/**
 * Serves the files of a folder on 127.0.0.1; port 0 takes any that is free. Failures: `Usage` where the port is taken or not
 * allowed.
 */
export const serveFolder =
  (folder: string, port: number): TE.TaskEither<Failure, StaticServer> =>
  () =>
    new Promise((resolve) => {
      const server = createServer((request, response) => {
        const file = fileOf(folder, request.url ?? '/')
        if (file === undefined) return missing(response)
        stat(file).then(
          (found) => {
            if (!found.isFile()) return missing(response)
            response.writeHead(200, {
              'content-type': orElse(TYPES[extname(file)], 'application/octet-stream'),
              'content-length': found.size,
            })
            createReadStream(file)
              .on('error', () => response.destroy())
              .pipe(response)
          },
          () => missing(response),
        )
      })
      server.on('error', (error) =>
        resolve(
          E.left(
            failure('Usage', `port ${port} cannot be used (${error.message})`, 'give another with --port', { port }),
          ),
        ),
      )
      server.listen(port, '127.0.0.1', () => {
        const address = server.address()
        const taken = address !== null && typeof address === 'object' ? address.port : port
        resolve(
          E.right({
            url: `http://127.0.0.1:${taken}/`,
            close: () => {
              server.close()
              server.closeAllConnections()
            },
          }),
        )
      })
    })
