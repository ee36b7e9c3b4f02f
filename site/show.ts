/** Values as `console.log` shows them: short, whatever they are. */

/** Items of a list, levels of depth and characters of a text that are shown. */
const BOUNDS = { items: 100, depth: 4, text: 10_000 }

const cut = (text: string): string =>
  text.length <= BOUNDS.text ? text : `${text.slice(0, BOUNDS.text)} … ${text.length - BOUNDS.text} characters more`

const listed = (items: Iterable<string>, size: number): string =>
  [...items, ...(size > BOUNDS.items ? [`… ${size - BOUNDS.items} more`] : [])].join(', ')

const first = <A>(items: Iterable<A>): readonly A[] => {
  const found: A[] = []
  for (const item of items) {
    if (found.length === BOUNDS.items) break
    found.push(item)
  }
  return found
}

const wrapped = (name: string, open: string, inner: string, close: string): string =>
  `${name}${name === '' ? '' : ' '}${open}${inner === '' ? '' : ` ${inner} `}${close}`

const nameOf = (value: object): string => {
  const { constructor } = value
  return typeof constructor === 'function' && constructor !== Object && constructor !== Array ? constructor.name : ''
}

const shownObject = (value: object, depth: number, above: readonly object[]): string => {
  if (above.includes(value)) return '[circular]'
  const inner = (x: unknown): string => shown(x, depth + 1, [...above, value])
  if (value instanceof Error) return value.stack?.includes(value.message) === true ? value.stack : String(value)
  if (value instanceof Date || value instanceof RegExp) return String(value)
  if (depth > BOUNDS.depth) return Array.isArray(value) ? '[…]' : '{…}'
  if (Array.isArray(value)) return wrapped('', '[', listed(first(value).map(inner), value.length), ']')
  if (ArrayBuffer.isView(value) && Symbol.iterator in value && 'length' in value) {
    const size = Number(value.length)
    const items: readonly unknown[] = Array.from({ length: Math.min(size, BOUNDS.items) }, (_, i): unknown =>
      Reflect.get(value, i),
    )
    return wrapped(`${nameOf(value)}(${size})`, '[', listed(items.map(inner), size), ']')
  }
  if (value instanceof Map)
    return wrapped(
      `Map(${value.size})`,
      '{',
      listed(
        first(value).map(([k, v]) => `${inner(k)} => ${inner(v)}`),
        value.size,
      ),
      '}',
    )
  if (value instanceof Set) return wrapped(`Set(${value.size})`, '{', listed(first(value).map(inner), value.size), '}')
  const names = Object.keys(value)
  const fields = first(names).map(
    (name) => `${/^[\w$]+$/u.test(name) ? name : JSON.stringify(name)}: ${inner(Reflect.get(value, name))}`,
  )
  return wrapped(nameOf(value), '{', listed(fields, names.length), '}')
}

/** A value inside others: texts have quotes. */
const shown = (value: unknown, depth: number, above: readonly object[]): string => {
  if (typeof value === 'string') return JSON.stringify(cut(value))
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return `[function ${value.name}]`
  if (typeof value === 'object' && value !== null) return shownObject(value, depth, above)
  return Object.is(value, -0) ? '-0' : String(value)
}

/** What is logged, as one text. */
export const shownValues = (values: readonly unknown[]): string =>
  cut(values.map((value) => (typeof value === 'string' ? value : shown(value, 0, []))).join(' '))
