/**
 * Waiting for Dawn on Node. While a promise of Dawn's is pending, its event loop turns as fast as it can and burns a whole
 * core, which on a software adapter is half of the machine that should compute. Here the loop naps between turns: not at
 * all at first, then for a quarter of the time waited so far, half a millisecond at most.
 */

const MOST = 0.5
const SPIN = 0.2

/** How many promises are waited for, since when, and whether the loop is turning. */
const waits = { pending: 0, since: 0, turning: false }

const isNode = (): boolean =>
  typeof process !== 'undefined' && !('Deno' in globalThis) && typeof setImmediate === 'function'

const makeCell = (): Int32Array | undefined => (isNode() ? new Int32Array(new SharedArrayBuffer(4)) : undefined)

const turn = (cell: Int32Array): void => {
  waits.turning = waits.pending > 0
  if (!waits.turning) return
  const waited = performance.now() - waits.since
  if (waited > SPIN) Atomics.wait(cell, 0, 0, Math.min(MOST, waited / 4))
  setImmediate(turn, cell)
}

const cell = makeCell()

/** The same promise; until it settles, Node's event loop naps between turns. Elsewhere nothing happens. */
export const napping = <A>(promise: Promise<A>): Promise<A> => {
  if (cell === undefined) return promise
  waits.pending += 1
  waits.since = performance.now()
  if (!waits.turning) setImmediate(turn, cell)
  waits.turning = true
  return promise.finally(() => {
    waits.pending -= 1
  })
}
