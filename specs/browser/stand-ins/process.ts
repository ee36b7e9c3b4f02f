/** `node:process` in a page: `exit` reports the status to the test (`ended`) and ends the program by throwing. */

declare global {
  /** What the test listens to. */
  var ended: ((status: number) => void) | undefined
}

const exit = (status: number): never => {
  globalThis.ended?.(status)
  throw new Error(`ended with ${status}`)
}

export default { exit, env: {} }
