/** JSON Schema: the texts of a schema are those of the values that it allows, and no keyword is passed over. */
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { compile, meets } from '../../lib/tilt/compile.ts'
import { not } from '../../lib/tilt/constraint.ts'
import { integerPattern } from '../../lib/tilt/integers.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { jsonSchema, type SchemaOptions } from '../../lib/tilt/schema.ts'
import { left, right, run } from '../either.ts'
import { bigram } from './small.ts'

const allows = (schema: unknown, options?: SchemaOptions): ((text: string) => boolean) => {
  const table = right(compile(right(jsonSchema(schema, options))))
  return (text) => meets(table, text)
}

/** Values whose texts are allowed are those for which `wanted` holds. */
const agrees = (schema: unknown, values: readonly unknown[], wanted: (value: unknown) => boolean): void => {
  const allowed = allows(schema)
  for (const value of values) expect([value, allowed(JSON.stringify(value))]).toEqual([value, wanted(value)])
}

const isString = (x: unknown): x is string => typeof x === 'string'
const strings = ['', 'a', 'ab', 'abc', 'é', '😀😀', 'a"b', '\\', '\n\t\b\f\r', '\u0000\u001f\u007f', 'x'.repeat(9)]
const mixed = [...strings, 0, -1, 3.5, 1e21, true, false, null, [], ['a'], {}, { a: 1 }]

describe('strings', () => {
  it('are written as JSON.stringify does, and in no other way', () => {
    agrees({ type: 'string' }, mixed, isString)
    const allowed = allows({ type: 'string' })
    for (const text of ['"\\u0041"', '"\\/"', '"\\u000a"', '"\\u001F"', '"\n"', '"a', 'a"', '"""', '"\\x"'])
      expect([text, allowed(text)]).toEqual([text, false])
    for (let point = 0; point < 0x2100; point++)
      expect([point, allowed(JSON.stringify(String.fromCodePoint(point)))]).toEqual([point, true])
  })

  it('have lengths in characters, and patterns that match anywhere', () => {
    agrees({ type: 'string', minLength: 2, maxLength: 3 }, mixed, (x) => isString(x) && [2, 3].includes([...x].length))
    agrees({ type: 'string', pattern: 'b' }, mixed, (x) => isString(x) && x.includes('b'))
    agrees({ type: 'string', pattern: '^[^\\n]*"', maxLength: 3 }, mixed, (x) => x === 'a"b')
    agrees({ type: 'string', pattern: '^\\s+$|\\\\' }, mixed, (x) => x === '\\')
    agrees({ type: 'string', pattern: '\\t' }, mixed, (x) => isString(x) && x.includes('\t'))
  })
})

describe('numbers', () => {
  it('whole ones within bounds, by trying all', () => {
    const bounds = [-1234, -100, -99, -13, -10, -1, 0, 1, 7, 10, 19, 99, 100, 101, 1090, 1234]
    for (const low of [Number.NEGATIVE_INFINITY, ...bounds])
      for (const high of [...bounds, Number.POSITIVE_INFINITY]) {
        const pattern = integerPattern(low, high)
        const expression = pattern === undefined ? undefined : new RegExp(`^(?:${pattern})$`, 'u')
        for (let n = -1300; n <= 1300; n += n % 7 === 0 ? 1 : 3)
          if ((expression?.test(String(n)) ?? false) !== (low <= n && n <= high))
            expect([low, high, n, pattern]).toEqual('the range')
      }
    expect(integerPattern(5, 4)).toBeUndefined()
    expect(integerPattern(0, 0)).toBe('0')
    agrees(
      { type: 'integer', exclusiveMinimum: 2.5, exclusiveMaximum: 12 },
      [2, 3, 11, 12, -3, 2.5],
      (x) => x === 3 || x === 11,
    )
  })

  it('any', () => {
    agrees({ type: 'number' }, [...mixed, -0.5, 1e-9, 123456], (x) => typeof x === 'number')
    for (const text of ['01', '+1', '.5', '1.', '1e', '--1', 'NaN'])
      expect(allows({ type: 'number' })(text)).toBe(false)
  })
})

describe('the others', () => {
  it('types, lists of types, enum, const, anyOf, oneOf', () => {
    agrees({ type: ['null', 'boolean'] }, mixed, (x) => x === null || typeof x === 'boolean')
    agrees(
      { enum: ['a', 3.5, null, { a: 1 }] },
      mixed,
      (x) => x === 'a' || x === 3.5 || x === null || JSON.stringify(x) === '{"a":1}',
    )
    agrees({ enum: ['a', 3.5, null], type: ['string', 'null'] }, mixed, (x) => x === 'a' || x === null)
    agrees({ const: ['a'], title: 'one' }, mixed, (x) => JSON.stringify(x) === '["a"]')
    agrees({ anyOf: [{ type: 'string' }, { type: 'null' }] }, mixed, (x) => isString(x) || x === null)
    const two = [
      { type: 'string', maxLength: 2 },
      { type: 'string', pattern: 'b' },
    ]
    agrees({ oneOf: two }, mixed, (x) => isString(x) && [...x].length <= 2 !== x.includes('b'))
  })

  it('arrays', () => {
    const lists = [
      [],
      ['a'],
      ['a', 'b'],
      ['a', 'b', 'c'],
      ['a', 1],
      [1, 'a'],
      [1, 'a', 'b'],
      [1, 'a', 'b', 'c'],
      [1],
      ['a', 'b', 'c', 'd'],
    ]
    const all = (x: unknown, holds: (x: readonly unknown[]) => boolean): boolean => Array.isArray(x) && holds(x)
    agrees({ type: 'array', items: { type: 'string' } }, [...lists, ...mixed], (x) =>
      all(x, (xs) => xs.every(isString)),
    )
    agrees({ type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 3 }, lists, (x) =>
      all(x, (xs) => xs.every(isString) && [2, 3].includes(xs.length)),
    )
    const prefix = { type: 'array', prefixItems: [{ type: 'integer' }], items: { type: 'string' } }
    agrees(prefix, lists, (x) =>
      all(x, (xs) => xs.every((each, i) => (i === 0 ? typeof each === 'number' : isString(each)))),
    )
    agrees({ ...prefix, minItems: 1, maxItems: 2 }, lists, (x) => all(x, (xs) => xs[0] === 1 && xs.length <= 2))
    agrees({ ...prefix, minItems: 3 }, lists, (x) => all(x, (xs) => xs[0] === 1 && xs.length >= 3))
    agrees({ ...prefix, items: false }, lists, (x) =>
      all(x, (xs) => xs.length === 0 || (xs.length === 1 && xs[0] === 1)),
    )
  })

  it('objects: named properties in their order, some of them required', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'integer' }, 'b"': { type: 'null' }, c: { type: 'string' } },
      required: ['b"'],
    }
    const objects = [
      {},
      { a: 1 },
      { 'b"': null },
      { a: 1, 'b"': null },
      { 'b"': null, c: '' },
      { a: 2, 'b"': null, c: 'x' },
      { 'b"': null, a: 1 },
      { a: 1, 'b"': 0 },
      { a: 1, c: 'x' },
      { 'b"': null, d: 1 },
    ]
    const good = ['{"b\\"":null}', '{"a":1,"b\\"":null}', '{"b\\"":null,"c":""}', '{"a":2,"b\\"":null,"c":"x"}']
    agrees(schema, objects, (x) => good.includes(JSON.stringify(x)))
    agrees({ ...schema, required: [] }, [{}, { c: '' }, { a: 1, c: '' }], () => true)
    expect(allows({ type: 'object' })('{}')).toBe(true)
    const spaced = allows(
      { ...schema, properties: { ...schema.properties, c: { enum: [[1, { x: 2, y: 3 }]] } } },
      { layout: 'spaced' },
    )
    expect(spaced('{"a": 1, "b\\"": null, "c": [1, {"x": 2, "y": 3}]}')).toBe(true)
    expect(spaced('{"a":1, "b\\"": null}')).toBe(false)
  })

  it('references, and recursion as deep as is said', () => {
    const tree = {
      $ref: '#/$defs/tree',
      $defs: { tree: { type: 'array', items: { $ref: '#/$defs/tree' }, maxItems: 2 } },
    }
    expect(left(jsonSchema(tree)).what).toBe('the schema at #/$defs/tree/items/$ref is recursive (#/$defs/tree)')
    for (const depth of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(left(jsonSchema(tree, { depth })).what).toBe(`a depth of ${depth}`)
    const allowed = allows(tree, { depth: 2 })
    for (const text of ['[]', '[[],[]]', '[[[],[]],[]]']) expect([text, allowed(text)]).toEqual([text, true])
    for (const text of ['[[[[]]]]', '[[],[],[]]', '[[']) expect([text, allowed(text)]).toEqual([text, false])
    const twice = {
      type: 'array',
      prefixItems: [{ $ref: '#/$defs/a~1b' }, { $ref: '#/$defs/a~1b' }],
      items: false,
      $defs: { 'a/b': { const: 1 } },
    }
    expect(allows(twice)('[1,1]')).toBe(true)
  })
})

describe('refusals', () => {
  it.each([
    [
      { type: 'object', properties: { a: { type: 'string', format: 'date' } } },
      '#/properties/a/format',
      'is a keyword that is not supported here',
    ],
    [{ type: 'array', items: { type: 'integer', multipleOf: 2 } }, '#/items/multipleOf', 'is a keyword'],
    [{ type: 'number', minimum: 1 }, '#/minimum', 'is a keyword'],
    [{ anyOf: [{ type: 'null' }, { allOf: [] }] }, '#/anyOf/1/allOf', 'is a keyword'],
    [{ title: 'x', not: { type: 'null' } }, '#/not', 'is a keyword'],
    [{ type: 'object', additionalProperties: true }, '#/additionalProperties', 'asks for properties without a name'],
    [{ type: 'object', properties: { 'a/b': {} } }, '#/properties/a~1b', 'does not say what it allows'],
    [{ type: 'object', required: ['a'] }, '#/required', "asks for 'a'"],
    [{ type: 'array' }, '#', 'does not say what its items are'],
    [{ type: 'string', pattern: '(' }, '#/pattern', 'is not a regular expression'],
    [{ type: 'string', minLength: -1 }, '#/minLength', 'is not a whole number'],
    [{ type: 'integer', minimum: 'x' }, '#/minimum', 'is not a number'],
    [{ type: 'date' }, '#/type', 'is no type of JSON'],
    [{ $ref: '#/$defs/x' }, '#/$ref', 'leads nowhere'],
    [{ $ref: '#/%' }, '#/$ref', 'leads nowhere'],
    [{ $ref: 'http://x' }, '#/$ref', 'leads out of the schema'],
    [true, '#', 'is not a schema that names a type'],
  ])('S16 %j is refused at %s', (schema, pointer, what) => {
    const found = left(jsonSchema(schema))
    expect(found).toMatchObject({ tag: 'Format', facts: { pointer } })
    expect(found.what).toContain(`the schema at ${pointer} ${what}`)
  })
})

describe('sampling', () => {
  const letters = bigram([...'{}[]":,ab01\\ntrue'.replace(/(.)(?=.*\1)/gu, '')], 31)

  it('S6 every text is JSON that the schema allows; none of its negation is', { timeout: 60_000 }, async () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'array', items: { enum: [true, 'b', '\n'] }, maxItems: 3 },
        b: { type: 'integer', maximum: 11 },
      },
      required: ['b'],
    }
    const constraint = right(jsonSchema(schema))
    const model = ngramModel(letters)
    const found = await run(smc(key(1), { particles: 256, islands: 4 })({ model, constraint, limit: 40 }))
    const living = found.texts.filter((_, i) => (found.weights[i] ?? 0) > 0)
    expect(living.length).toBeGreaterThan(100)
    for (const text of living) {
      const value: unknown = JSON.parse(text)
      expect(JSON.stringify(value)).toBe(text)
      expect(value).toMatchObject({ b: expect.any(Number) })
    }
    const table = right(compile(constraint))
    const others = await run(
      smc(key(2), { particles: 256, islands: 4 })({ model, constraint: not(constraint), limit: 12 }),
    )
    expect(others.texts.filter((text, i) => (others.weights[i] ?? 0) > 0 && meets(table, text))).toEqual([])
  })
})

describe('the size of a schema', () => {
  it('grows as its properties do: what is behind a property does not depend on what was in it', () => {
    const list = { type: 'array', items: { type: 'boolean' }, maxItems: 5 }
    const states = (count: number): number => {
      const names = Array.from({ length: count }, (_, i) => `p${i}`)
      const schema = { type: 'object', properties: Object.fromEntries(names.map((name) => [name, list])) }
      return right(compile(right(jsonSchema(schema)))).states
    }
    const [one, two, nine] = [states(1), states(2), states(9)]
    expect(two).toBeLessThan(3 * one)
    expect(nine).toBeLessThan(12 * one)
  })
})

describe('a schema that nobody vouches for', () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? { type: 'null' } : { type: 'array', items: deep(levels - 1) }
  const cyclic: Record<string, unknown> = { type: 'array' }
  cyclic['items'] = cyclic
  const doubling = Object.fromEntries(
    Array.from({ length: 30 }, (_, i) => [
      `a${i}`,
      { anyOf: [{ $ref: `#/$defs/a${i + 1}` }, { $ref: `#/$defs/a${i + 1}` }] },
    ]),
  )

  it.each([
    ['is nested without end', cyclic, /nested deeper than 128/u],
    ['is nested deeply', deep(5000), /nested deeper than 128/u],
    [
      'lists a value that is nested deeply',
      { const: JSON.parse(`${'['.repeat(4000)}${']'.repeat(4000)}`) },
      /nested too deeply/u,
    ],
    ['lists what JSON has not', { enum: [1, Number.NaN] }, /a value that JSON has not/u],
    [
      'refers to twice as much at each step',
      { $ref: '#/$defs/a0', $defs: { ...doubling, a30: { type: 'null' } } },
      /more than 10000 parts/u,
    ],
    [
      'has many first items',
      { type: 'array', prefixItems: Array.from({ length: 129 }, () => ({ type: 'null' })) },
      /at most 128 schemas/u,
    ],
  ])('that %s is refused', (_, schema, what) => {
    expect(left(jsonSchema(schema))).toMatchObject({
      tag: expect.stringMatching(/^(Format|Limit)$/u),
      what: expect.stringMatching(what),
    })
  })

  it('has one of many alternatives in time and memory that do not grow with their square', () => {
    const numbers = Array.from({ length: 200 }, (_, i) => ({ const: i }))
    const own = right(
      compile(right(jsonSchema({ oneOf: [...numbers, { type: 'integer', minimum: 150, maximum: 199 }] }))),
    )
    expect(own.states).toBeLessThan(400)
    for (let i = 0; i < 220; i++) expect([i, meets(own, String(i))]).toEqual([i, i < 150])
  })

  it('with very many optional members is given up', () => {
    const properties = Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`p${i}`, { type: 'null' }]))
    expect(left(compile(right(jsonSchema({ type: 'object', properties }))))).toMatchObject({ tag: 'Limit' })
  })
})
