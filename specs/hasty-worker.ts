/** A worker in a process of its own whose runs never end: for specs that kill it. Its signs of life come often, so that it is soon missed. */
import * as E from 'fp-ts/lib/Either.js'
import { queueUrl } from '../lib/scale/queue/url.ts'
import { serveQueue } from '../lib/scale/queue/worker.ts'

const on = queueUrl(process.argv[2] ?? '')
if (E.isRight(on))
  await serveQueue({
    on: on.right,
    kind: 'reference',
    note: (line) => process.stdout.write(`${line}\n`),
    signal: new AbortController().signal,
    beat: 50,
    runner: { check: () => E.right(undefined), run: () => () => new Promise(() => undefined) },
  })()
