/**
 * Constraints: sets of texts, as deterministic automata over the bytes of UTF-8 whose states are made when they are reached.
 * They combine by product, union and complement here, by concatenation and repetition in `rational.ts`; nothing is computed
 * before `compile` explores the whole.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'

/**
 * Where no text of the set can follow: a state that every byte keeps.
 *
 * @example
 * DEAD // => -1
 */
export const DEAD = -1

/**
 * A set of texts. `next` gives the state after a byte, `DEAD` when no text of the set begins so (it may also notice later).
 * Bytes of one class lead to the same states everywhere.
 */
export interface Constraint {
  /** What a person calls it, in messages. */
  readonly name: string
  /** The class of each byte [256], numbered from 0 in order of first appearance. */
  readonly classes: Uint8Array
  readonly start: number
  readonly next: (state: number, byte: number) => number
  readonly accepts: (state: number) => boolean
  /** The constraints of which all must hold, when it is made of several. */
  readonly parts: readonly Constraint[]
}

/**
 * A constraint of one part.
 *
 * @example
 * const even = constraint({
 *   name: 'an even number of bytes', classes: new Uint8Array(256), start: 0, next: (state) => 1 - state, accepts: (state) => state === 0,
 * })
 * meets(right(compile(even)), 'ab') // => true
 */
export const constraint = (made: Omit<Constraint, 'parts'>): Constraint => {
  const own: Constraint = { ...made, parts: [] }
  return { ...own, parts: [own] }
}

/**
 * The same texts under another name; as a part of a product it is then one.
 *
 * @example
 * named('short', right(matching(/.{1,3}/u))).name // => 'short'
 */
export const named = (name: string, c: Constraint): Constraint => constraint({ ...c, name })

/** Classes of bytes that have equal keys. */
export const classesBy = (key: (byte: number) => string | number): Uint8Array => {
  const numbers = new Map<string | number, number>()
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    const own = key(byte)
    const known = numbers.get(own) ?? numbers.size
    numbers.set(own, known)
    return known
  })
}

/** One byte of each class, in the order of the classes. */
export const representatives = (classes: Uint8Array): readonly number[] =>
  Array.from({ length: Math.max(...classes) + 1 }, (_, c) => classes.indexOf(c))

/** Numbers for pairs of states (`DEAD` allowed), in the order in which they come up. */
const pairNumbers = () => {
  const numbers = new Map<number, number>()
  const pairs: (readonly [number, number])[] = []
  return {
    of: (a: number, b: number): number => {
      const name = (a + 1) * 2 ** 26 + b + 1
      const known = numbers.get(name)
      if (known !== undefined) return known
      numbers.set(name, pairs.length)
      return pairs.push([a, b]) - 1
    },
    pair: (i: number): readonly [number, number] => at(pairs, i),
  }
}

/** Both constraints side by side; `both` says whether the second may be dead, as in a union, while the first is not. */
const sideBySide = (
  a: Constraint,
  b: Constraint,
  how: { readonly name: string; readonly both: boolean; readonly accepts: (a: boolean, b: boolean) => boolean },
): Omit<Constraint, 'parts'> => {
  const { of, pair } = pairNumbers()
  const move = (c: Constraint, state: number, byte: number): number => (state === DEAD ? DEAD : c.next(state, byte))
  const holds = (c: Constraint, state: number): boolean => state !== DEAD && c.accepts(state)
  return {
    name: how.name,
    classes: classesBy((byte) => at(a.classes, byte) * 256 + at(b.classes, byte)),
    start: of(a.start, b.start),
    next: (state, byte) => {
      const [p, q] = pair(state)
      const [left, right] = [move(a, p, byte), move(b, q, byte)]
      const dead = how.both ? left === DEAD && right === DEAD : left === DEAD || right === DEAD
      return dead ? DEAD : of(left, right)
    },
    accepts: (state) => {
      const [p, q] = pair(state)
      return how.accepts(holds(a, p), holds(b, q))
    },
  }
}

/**
 * The texts of both; the parts of both are kept, so that a message can say which of them is not met.
 *
 * @example
 * const found = both(right(containingAll(['a'])), right(containingNone(['b'])))
 * meets(right(compile(found)), 'cab') // => false
 */
export const both = (a: Constraint, b: Constraint): Constraint => ({
  ...sideBySide(a, b, { name: `${a.name} and ${b.name}`, both: false, accepts: (p, q) => p && q }),
  parts: [...a.parts, ...b.parts],
})

/**
 * The texts of either.
 *
 * @example
 * const found = either(right(matching(/a+/u)), right(matching(/b+/u)))
 * meets(right(compile(found)), 'bb') // => true
 */
export const either = (a: Constraint, b: Constraint): Constraint =>
  constraint(sideBySide(a, b, { name: `${a.name} or ${b.name}`, both: true, accepts: (p, q) => p || q }))

/** Classes in which the bytes that some strings hold are apart, and all others alike. */
export const classesOf = (strings: readonly Uint8Array[]): Uint8Array => {
  const used = new Set(strings.flatMap((bytes) => [...bytes]))
  return classesBy((byte) => (used.has(byte) ? byte : -1))
}

/** Whether a byte of UTF-8 goes on with a character that another began. */
export const continues = (byte: number): boolean => byte >= 0x80 && byte <= 0xbf

/** What begins a character of UTF-8, and how many bytes follow it; `undefined` for a byte that begins none. */
const following = (byte: number): readonly [more: number, first: number, last: number] | undefined => {
  if (byte < 0x80) return [0, 0x80, 0xbf]
  if (byte >= 0xc2 && byte <= 0xdf) return [1, 0x80, 0xbf]
  if (byte >= 0xe0 && byte <= 0xef) return [2, byte === 0xe0 ? 0xa0 : 0x80, byte === 0xed ? 0x9f : 0xbf]
  if (byte >= 0xf0 && byte <= 0xf4) return [3, byte === 0xf0 ? 0x90 : 0x80, byte === 0xf4 ? 0x8f : 0xbf]
  return undefined
}

/**
 * All texts: byte strings that are UTF-8 (RFC 3629: no surrogates, no overlong forms). State 0 is between characters, 1 to
 * 3 want so many more bytes, the others a second byte of a limited range.
 *
 * @example
 * meets(right(compile(anyText)), 'whatever') // => true
 */
export const anyText: Constraint = (() => {
  const limited = [0xe0, 0xed, 0xf0, 0xf4]
  return constraint({
    name: 'any text',
    classes: classesBy((byte) =>
      continues(byte)
        ? byte < 0x90
          ? 'low'
          : byte < 0xa0
            ? 'middle'
            : 'high'
        : limited.includes(byte)
          ? byte
          : String(following(byte)?.join()),
    ),
    start: 0,
    next: (state, byte) => {
      if (state === 0) {
        const found = following(byte)
        return found === undefined ? DEAD : limited.includes(byte) ? 4 + limited.indexOf(byte) : found[0]
      }
      if (state < 4) return continues(byte) ? state - 1 : DEAD
      const [more, first, last] = following(at(limited, state - 4)) ?? [0, 0, 0]
      return byte >= first && byte <= last ? more - 1 : DEAD
    },
    accepts: (state) => state === 0,
  })
})()

/** The texts, which are UTF-8, among the byte strings that an automaton accepts: one part under its name. */
export const amongTexts = (made: Omit<Constraint, 'parts'>): Constraint =>
  named(made.name, both(anyText, constraint(made)))

/** The bytes of a text; throws `Domain` for half of a character, which no text in UTF-8 has (encoders write U+FFFD instead). */
export const utf8Of = (text: string): Uint8Array =>
  /\p{Surrogate}/u.test(text)
    ? raise(failure('Domain', `the text ${JSON.stringify(text)} holds half of a character`, 'give whole characters'))
    : new TextEncoder().encode(text)

/**
 * One text; `Domain` for half of a character.
 *
 * @example
 * meets(right(compile(literal('yes'))), 'yes!') // => false
 */
export const literal = (text: string): Constraint => {
  const bytes = utf8Of(text)
  return constraint({
    name: `the text ${JSON.stringify(text)}`,
    classes: classesOf([bytes]),
    start: 0,
    next: (state, byte) => (bytes[state] === byte ? state + 1 : DEAD),
    accepts: (state) => state === bytes.length,
  })
}

/**
 * No text at all.
 *
 * @example
 * nothing.accepts(nothing.start) // => false
 */
export const nothing: Constraint = constraint({
  name: 'nothing',
  classes: classesBy(() => 0),
  start: 0,
  next: () => DEAD,
  accepts: () => false,
})

/**
 * The texts that are not in a set.
 *
 * @example
 * meets(right(compile(not(literal('no')))), 'yes') // => true
 */
export const not = (c: Constraint): Constraint =>
  constraint(sideBySide(anyText, c, { name: `not ${c.name}`, both: true, accepts: (text, inside) => text && !inside }))

/**
 * All of some constraints; any text for none.
 *
 * @example
 * const wanted = all([right(containingAll(['cat'])), right(containingNone(['dog'])), characters({ most: 20 })])
 * meets(right(compile(wanted)), 'a cat sat') // => true
 */
export const all = (constraints: readonly Constraint[]): Constraint =>
  constraints.length === 0 ? anyText : constraints.slice(1).reduce(both, at(constraints, 0))
