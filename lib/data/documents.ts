/**
 * Plain documents and their division into training, validation and test: whole documents, in a fixed random order, so
 * that no text is ever on two sides.
 */
import { at } from '../at.ts'
import { type Key, key, permutation } from '../key.ts'

/** A text with a name. */
export interface Document {
  readonly name: string
  readonly text: string
}

/** Three parts of anything. */
export interface Splits<A> {
  readonly training: A
  readonly validation: A
  readonly test: A
}

/** The names of the three parts. */
export const splitNames: readonly ['training', 'validation', 'test'] = ['training', 'validation', 'test']

/** Applies a function to each part. */
export const mapSplits =
  <A, B>(f: (part: A) => B) =>
  ({ training, validation, test }: Splits<A>): Splits<B> => ({
    training: f(training),
    validation: f(validation),
    test: f(test),
  })

/** The parts of several divisions, joined part by part. */
export const joinSplits = <A>(all: readonly Splits<readonly A[]>[]): Splits<readonly A[]> => ({
  training: all.flatMap(({ training }) => training),
  validation: all.flatMap(({ validation }) => validation),
  test: all.flatMap(({ test }) => test),
})

/** The shares of validation and test, by size. */
interface Shares {
  readonly validation: number
  readonly test: number
}

/** 5 % each: for three million words, 150 000 to validate and to test on. */
export const usualShares: Shares = { validation: 0.05, test: 0.05 }

/** The key of every division, so that a corpus is divided alike on every machine. */
const SPLIT_KEY: Key = key(20261122)

/**
 * Divides things of given sizes: in a random order, the test part takes them until it holds its share, then the
 * validation part; training has the rest. Each part keeps the original order. From three things on none is empty.
 */
export const divide =
  <A>(size: (thing: A) => number, shares: Shares = usualShares, order: Key = SPLIT_KEY) =>
  (things: readonly A[]): Splits<readonly A[]> => {
    const total = things.reduce((sum, thing) => sum + size(thing), 0)
    const part: ('training' | 'validation' | 'test')[] = things.map(() => 'training')
    const fill = { test: shares.test * total, validation: shares.validation * total }
    const shuffled = permutation(order, things.length)
    let next = 0
    for (const [name, left] of [
      ['test', 2],
      ['validation', 1],
    ] as const) {
      for (let held = 0; held < fill[name] && next < things.length - left; next++) {
        const i = at(shuffled, next)
        const thing = things[i]
        if (thing !== undefined) held += size(thing)
        part[i] = name
      }
    }
    const of = (name: 'training' | 'validation' | 'test'): readonly A[] => things.filter((_, i) => part[i] === name)
    return { training: of('training'), validation: of('validation'), test: of('test') }
  }

/** Divides documents by the length of their texts. */
export const divideDocuments: (documents: readonly Document[]) => Splits<readonly Document[]> = divide<Document>(
  ({ text }) => text.length,
)

/** The words of a text: what stands between white space. */
export const countWords = (text: string): number => text.match(/\S+/gu)?.length ?? 0

/** Line ends as \n, no byte-order mark, no blanks at line ends, no white space around the text. */
export const plainText = (text: string): string =>
  text
    .replace(/^\uFEFF/u, '')
    .replace(/\r\n?/gu, '\n')
    .replace(/(?<![ \t])[ \t]+\n/gu, '\n')
    .trim()
