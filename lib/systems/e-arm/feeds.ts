/**
 * What is fed to the updates of E-ARM trainings: the key of an update, its child from which rows are sampled, and of many
 * feeds those that a program reads.
 */
import { at, field } from '../../at.ts'
import { type Feeds, type Program, feedsOf, inputName } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'

/** The two words of a key's child, as they are fed. */
export const childWords = (key: Key, child: number): Uint32Array => Uint32Array.from(fold(key, child))

/** The key among feeds; zero where none is fed. */
export const keyIn = (feeds: Feeds): Key => [at(field(feeds, 'key'), 0), at(field(feeds, 'key'), 1)]

/** Which of the shapes of its trainer a batch has: the first where no feed says so. */
export const shapeIn = ({ shape }: Feeds): number => (shape === undefined ? 0 : at(shape, 0))

/** The child of an update's key from which rows are sampled; children 0 and 1 belong to the program. */
export const samplingKey = (key: Key): Key => fold(key, 2)

/** The child from which the rows of an independent Ẑ are sampled. */
export const normaliserKey = (key: Key): Key => fold(key, 3)

/** The names of what a program is fed. */
export const fedNames = (program: Program): readonly string[] => feedsOf(program).map(inputName)

/** Of these feeds those with these names. */
export const only = (names: readonly string[], feeds: Feeds): Feeds =>
  Object.fromEntries(Object.entries(feeds).filter(([name]) => names.includes(name)))
