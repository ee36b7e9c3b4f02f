/**
 * N-grams of sequences: counts, overlaps, and how many of them are distinct.
 */

/** Tokens of any kind that print distinctly: words, symbol numbers. */
type Sequence = ArrayLike<string | number>

/** Joins the tokens of an n-gram; no word contains it. */
const SEPARATOR = '\u0000'

/**
 * How often each n-gram of a sequence occurs.
 *
 * @example
 * ngramCounts(['a', 'b', 'a', 'b'], 2).size // => 2
 */
export const ngramCounts = (sequence: Sequence, n: number): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  const tokens = Array.from(sequence)
  for (let i = 0; i + n <= tokens.length; i++) {
    const gram = tokens.slice(i, i + n).join(SEPARATOR)
    counts.set(gram, (counts.get(gram) ?? 0) + 1)
  }
  return counts
}

/** `Σ_g min(a_g, b_g)`: how many n-grams two sequences share, counted with multiplicity. */
export const overlap = (a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number => {
  let total = 0
  for (const [gram, count] of a) total += Math.min(count, b.get(gram) ?? 0)
  return total
}

/** The larger count of every n-gram: what several references allow together. */
export const union = (all: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> => {
  const most = new Map<string, number>()
  for (const counts of all) for (const [gram, count] of counts) most.set(gram, Math.max(count, most.get(gram) ?? 0))
  return most
}

/**
 * The share of distinct n-grams among all n-grams of some sequences (Deng et al. 2020, Figure 3): 1 when none repeats.
 * Zero when there are none.
 *
 * @example
 * uniqueNgrams(1)([['a', 'b', 'a', 'b']]) // => 0.5
 */
export const uniqueNgrams =
  (n: number) =>
  (sequences: readonly Sequence[]): number => {
    const seen = new Set<string>()
    let total = 0
    for (const sequence of sequences)
      for (const [gram, count] of ngramCounts(sequence, n)) {
        seen.add(gram)
        total += count
      }
    return total === 0 ? 0 : seen.size / total
  }
