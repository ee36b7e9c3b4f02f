/**
 * Random programs run along all their branches: a step that asks for its choices, one after the other, has an exact law. What
 * is otherwise estimated from many draws (a kernel, a mean) is then a sum.
 */
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { type Matrix, matrix } from '../linear.ts'
import { sum } from '../math.ts'
import { numbered, structuralName } from '../energy/naming.ts'

/** Takes one of several choices with the given probabilities, which sum to 1: its index. */
export type Choose = (probabilities: ArrayLike<number>) => number

/** What a branch gives, and how likely it is. */
export interface Branch<A> {
  readonly value: A
  readonly probability: number
}

/** Most branches, and most that may deviate in the sum of a choice's probabilities. */
const [MOST, ROUNDING] = [100_000, 1e-9]

const checkChoice = (probabilities: ArrayLike<number>): void => {
  const all = Array.from(probabilities)
  if (!all.every((p) => p >= 0) || !(Math.abs(sum(all) - 1) <= ROUNDING))
    raise(
      failure('Domain', `a choice has the probabilities ${all.join(', ')}`, 'give numbers from 0 on that sum to 1', {
        probabilities: all,
      }),
    )
}

/**
 * One way through a program: the choices of `taken` first, then each time the first that is possible; and the beginnings of the
 * others, the next one last.
 */
const follow = <A>(
  program: (choose: Choose) => A,
  taken: readonly number[],
): { readonly branch: Branch<A>; readonly others: readonly (readonly number[])[] } => {
  const path: number[] = []
  const others: (readonly number[])[] = []
  let probability = 1
  const value = program((probabilities) => {
    checkChoice(probabilities)
    const possible = Array.from(probabilities).flatMap((p, i) => (p > 0 ? [i] : []))
    const fresh = path.length >= taken.length
    const choice = at(fresh ? possible : taken, fresh ? 0 : path.length)
    if (fresh)
      others.push(
        ...possible
          .slice(1)
          .map((i) => [...path, i])
          .reverse(),
      )
    path.push(choice)
    probability *= at(probabilities, choice)
    return choice
  })
  return { branch: { value, probability }, others }
}

/**
 * Every branch of a random program, in the order of its choices. It must be a pure function of its choices. Throws `Domain` for probabilities that do not sum
 * to 1, `Limit` for more than 100 000 branches.
 *
 * @example
 * branches((choose) => choose([0.25, 0.75])) // => [{ value: 0, probability: 0.25 }, { value: 1, probability: 0.75 }]
 */
export const branches = <A>(program: (choose: Choose) => A): readonly Branch<A>[] => {
  const pending: (readonly number[])[] = [[]]
  const out: Branch<A>[] = []
  for (let taken = pending.pop(); taken !== undefined; taken = pending.pop()) {
    const { branch, others } = follow(program, taken)
    out.push(branch)
    pending.push(...others)
    if (out.length > MOST)
      raise(failure('Limit', `a random program has more than ${MOST} branches`, 'choose fewer times, or among less'))
  }
  return out
}

/**
 * The exact mean of a random program that gives numbers.
 *
 * @example
 * meanOver((choose) => choose([0.25, 0.75]) + choose([0.5, 0.5])) // => 1.25
 */
export const meanOver = (program: (choose: Choose) => number): number =>
  branches(program).reduce((total, { value, probability }) => total + probability * value, 0)

const outsideSpace = (from: string, to: string): never =>
  raise(failure('Support', `a step from ${from} leads to ${to}, which is not a point of the space`, 'list every point'))

/**
 * The transition matrix of a step over an enumerable space, exactly: row = from, column = to, in the order of the points.
 * Throws a `Support` failure where a step leaves the space, `Domain` for two points of one name.
 *
 * @example
 * const step = (x: number, choose: (ps: readonly number[]) => number) => (choose([0.5, 0.5]) === 0 ? x : 1 - x)
 * transitionsOf([0, 1], step).values // => [0.5, 0.5, 0.5, 0.5]
 */
export const transitionsOf = <X>(
  points: readonly X[],
  step: (x: X, choose: Choose) => X,
  name: (x: X) => string = structuralName,
): Matrix => {
  const places = numbered(points, name)
  const rows = points.map((x) => {
    const row = new Float64Array(points.length)
    for (const { value, probability } of branches((choose) => step(x, choose))) {
      const to = places.get(name(value)) ?? outsideSpace(name(x), name(value))
      row[to] = at(row, to) + probability
    }
    return row
  })
  return matrix(points.length, points.length, (i, j) => at(at(rows, i), j))
}
