/** What specs use of `node:assert`, in a page. */

const shown = (x: unknown): unknown => {
  if (x instanceof Float64Array || x instanceof Float32Array || x instanceof Int32Array || x instanceof Uint32Array)
    return { [x.constructor.name]: Array.from(x, shown) }
  return typeof x === 'number' && (Object.is(x, -0) || !Number.isFinite(x))
    ? `number ${Object.is(x, -0) ? '-0' : x}`
    : x
}

const show = (value: unknown): string => JSON.stringify(value, (_, x: unknown) => shown(x))

/** Throws unless both are the same value (`Object.is`). */
export const strictEqual = (got: unknown, wanted: unknown, message?: string): void => {
  if (!Object.is(got, wanted)) throw new Error(message ?? `${show(got)} is not ${show(wanted)}`)
}

/** Throws unless both have the same structure and values; arrays of different kinds differ, as do 0 and -0. */
export const deepStrictEqual = (got: unknown, wanted: unknown, message?: string): void => {
  if (show(got) !== show(wanted)) throw new Error(message ?? `${show(got)} is not ${show(wanted)}`)
}
