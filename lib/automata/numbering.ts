/** Numbers for what comes up on the way: pairs of states, subsets, labels. */

/** Things with their numbers. */
interface Numbering<A> {
  /** The things in the order in which they came up: a thing's place is its number. It grows as more come up. */
  readonly found: readonly A[]
  /** A thing's number: what it was, where a thing of that name has come up, else the next. */
  readonly of: (thing: A) => number
}

/** Numbers things in the order in which they come up; things of one name are the same. */
export const numbering = <A>(nameOf: (thing: A) => string | number): Numbering<A> => {
  const numbers = new Map<string | number, number>()
  const found: A[] = []
  return {
    found,
    of: (thing: A): number => {
      const name = nameOf(thing)
      const known = numbers.get(name)
      if (known !== undefined) return known
      numbers.set(name, found.length)
      return found.push(thing) - 1
    },
  }
}
