/** Numbers for what comes up on the way: pairs of states, subsets, labels. */

/** Numbers things in the order in which they come up (`found`); things of one name are the same. */
export const numbering = <A>(nameOf: (thing: A) => string | number) => {
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
