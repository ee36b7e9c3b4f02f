/**
 * The far end of an executor on another thread: does what requests ask of an executor of its own, and sends what came of it.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { presentIn } from '../at.ts'
import { RELEASED, ROOT_RELEASED } from '../checked.ts'
import { decodeAs } from '../codec/json.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Prepared } from '../executor.ts'
import type { Value } from '../expr.ts'
import { type Port, type Reply, type Request, requestCodec } from './protocol.ts'
import { decodeProgram } from '../wire.ts'

type Outcome = E.Either<Failure, Readonly<Partial<Record<string, Value>>> | undefined>

const plain = (x: unknown): unknown => {
  try {
    return structuredClone(x)
  } catch {
    return String(x)
  }
}

/** A failure that can be sent: facts that cannot are told in words. */
const sendable = (found: Failure): Failure => ({
  ...found,
  facts: Object.fromEntries(Object.entries(found.facts).map(([name, x]) => [name, plain(x)])),
})

/** The arrays of values, each once, for the receiver to have instead of the sender. */
const buffersOf = (values: Reply['values']): readonly ArrayBuffer[] => [
  ...new Set(
    Object.values(values ?? {}).flatMap(({ data }) =>
      data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength ? [data.buffer] : [],
    ),
  ),
]

const send = (port: Port, reply: Reply): void => {
  try {
    port.postMessage(reply, buffersOf(reply.values))
  } catch {
    // Memory of a native library cannot change hands.
    port.postMessage(reply)
  }
}

/** The programs of one connection, by number. */
type Programs = Map<number, Prepared>

const prepare = async (
  executor: Executor,
  programs: Programs,
  { program, graph, beside }: Extract<Request, { readonly kind: 'prepare' }>,
): Promise<Outcome> => {
  const decoded = decodeProgram(graph)
  if (E.isLeft(decoded)) return decoded
  const root = beside === undefined ? undefined : programs.get(beside)
  if (beside !== undefined && root === undefined) return E.left(ROOT_RELEASED)
  const made = await executor.prepare(decoded.right, root)()
  if (E.isLeft(made)) return made
  programs.set(program, made.right)
  return E.right(undefined)
}

/** Does what is asked. */
const done = async (executor: Executor, programs: Programs, request: Request): Promise<Outcome> => {
  if (request.kind === 'close') return E.right(undefined)
  if (request.kind === 'prepare') return prepare(executor, programs, request)
  const prepared = programs.get(request.program)
  if (prepared === undefined) return E.left(RELEASED)
  switch (request.kind) {
    case 'run':
      return prepared.run(request.feeds, request.read)()
    case 'readState':
      return prepared.readState(request.names)()
    case 'writeState':
      return E.map(() => undefined)(await prepared.writeState(request.values)())
    case 'release':
      prepared.release()
      programs.delete(request.program)
      return E.right(undefined)
  }
}

/**
 * Serves an executor over a port until it is asked to close, when the executor is released after what was asked before. What
 * is no request is answered with what is wrong with it, if it has a number to answer to.
 */
export const serve = (port: Port, executor: Executor): void => {
  const programs: Programs = new Map()
  const pending = new Set<Promise<unknown>>()
  const answer = async (request: Request): Promise<void> => {
    const outcome = await done(executor, programs, request)
    send(
      port,
      E.isLeft(outcome)
        ? { call: request.call, failure: sendable(outcome.left), values: undefined }
        : { call: request.call, failure: undefined, values: presentIn(outcome.right ?? {}) },
    )
  }
  const close = async (): Promise<void> => {
    await Promise.all(pending)
    executor.release()
    port.close()
  }
  port.on('message', (message) => {
    const request = decodeAs(requestCodec, 'request')(message)
    if (E.isLeft(request)) {
      const call = t.type({ call: t.number }).decode(message)
      if (E.isRight(call)) send(port, { call: call.right.call, failure: sendable(request.left), values: undefined })
      return
    }
    const work = answer(request.right)
    pending.add(work)
    void work.finally(() => pending.delete(work))
    if (request.right.kind === 'close') void close()
  })
}
