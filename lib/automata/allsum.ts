/**
 * The total weight `⊕_x w(x)` over any semiring with a star, by state elimination inside each strongly connected
 * component (Lehmann 1977) and back substitution between them. For numbers `logPartition` is faster and has a
 * certificate; this one is generic.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at, outside } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { type Automaton, eachArcFrom } from './automaton.ts'
import { type Components, components } from './components.ts'
import { trim, graphOf } from './trim.ts'
import type { Star } from './weights.ts'

/** The largest component that is eliminated (n³ semiring operations). */
const LARGEST = 400

/** The star of the paths from state k back to it, when the states before it are eliminated; `cell` is the matrix then. */
type StarAt<W> = (k: number, cell: (i: number, j: number) => W) => E.Either<Failure, W>

/**
 * Weights of which a part is a probability: `mass` is that part, `star(x, rest)` the star of x where `1 − mass(x) = rest` is
 * known, so that it need not be subtracted.
 */
export interface Massed<W> {
  readonly mass: (x: W) => number
  readonly star: (x: W, rest: number) => W
}

/** Stars in rows whose masses sum to 1, by what leaves the matrix from each (Grassmann, Taksar and Heyman 1985). */
const starsBeside = <W>({ mass, star }: Massed<W>, leaving: readonly number[]): StarAt<W> => {
  const rest = [...leaving]
  return (k, cell) => {
    let pivot = at(rest, k)
    for (let j = k + 1; j < rest.length; j++) pivot += mass(cell(k, j))
    for (let i = k + 1; i < rest.length; i++) rest[i] = at(rest, i) + (mass(cell(i, k)) / pivot) * at(rest, k)
    return E.right(star(cell(k, k), pivot))
  }
}

/** The closure `B* = I ⊕ B ⊕ B² ⊕ …` of a dense matrix, row-major, by Lehmann's elimination. */
export const closure =
  <W>(star: Star<W>) =>
  (
    size: number,
    entries: readonly W[],
    starAt: StarAt<W> = (k, cell) => star.star(cell(k, k)),
  ): E.Either<Failure, readonly W[]> => {
    const b = [...entries]
    const cell = (i: number, j: number): W => at(b, i * size + j)
    for (let k = 0; k < size; k++) {
      const loop = starAt(k, cell)
      if (E.isLeft(loop)) return loop
      const column = Array.from({ length: size }, (_, i) => star.mul(cell(i, k), loop.right))
      const row = Array.from({ length: size }, (_, j) => cell(k, j))
      for (let i = 0; i < size; i++)
        for (let j = 0; j < size; j++)
          b[i * size + j] = star.add(cell(i, j), star.mul(column[i] ?? outside(column, i), row[j] ?? outside(row, j)))
    }
    for (let i = 0; i < size; i++) b[i * size + i] = star.add(cell(i, i), star.one)
    return E.right(b)
  }

const tooLarge = (size: number): Failure =>
  failure('Limit', `a component has ${size} states`, 'use the numeric functions (logPartition, entropy)', { size })

interface Scope<W> {
  readonly star: Star<W>
  readonly massed: Massed<W> | undefined
  readonly automaton: Automaton<W>
  readonly found: Components
  readonly position: Uint32Array
  readonly backward: W[]
}

/**
 * What leaves the component: `f_p ⊕ ⊕ w ⊗ β_q` over arcs to later components; the masses of those arcs; and the component's own
 * matrix.
 */
const rowsOf = <W>({ star, massed, automaton, found, position, backward }: Scope<W>, members: Uint32Array) => {
  const size = members.length
  const inner = Array.from({ length: size * size }, () => star.zero)
  const outer: W[] = []
  const leaving: number[] = []
  members.forEach((p, i) => {
    let ahead = at(automaton.stop, p)
    let mass = massed?.mass(ahead) ?? 0
    eachArcFrom(automaton, p, (_symbol, to, weight) => {
      if (found.component[to] === found.component[p]) {
        const place = i * size + (position[to] ?? outside(position, to))
        inner[place] = star.add(inner[place] ?? outside(inner, place), weight)
      } else {
        ahead = star.add(ahead, star.mul(weight, backward[to] ?? outside(backward, to)))
        mass += massed?.mass(weight) ?? 0
      }
    })
    outer.push(ahead)
    leaving.push(mass)
  })
  return { inner, outer, leaving }
}

const solveComponent = <W>(scope: Scope<W>, members: Uint32Array): E.Either<Failure, void> => {
  const { star, massed, position, backward } = scope
  const size = members.length
  if (size > LARGEST) return E.left(tooLarge(size))
  members.forEach((p, i) => {
    position[p] = i
  })
  const { inner, outer, leaving } = rowsOf(scope, members)
  return pipe(
    closure(star)(size, inner, massed === undefined ? undefined : starsBeside(massed, leaving)),
    E.map((closed) => {
      members.forEach((p, i) => {
        backward[p] = outer.reduce((sum, w, j) => star.add(sum, star.mul(at(closed, i * size + j), w)), star.zero)
      })
    }),
  )
}

/**
 * `β_p`: the total weight of the strings from each state. `Diverges` when a star does, `Limit` for a large component. `massed` is for
 * automata whose rows have masses that sum to 1: then nothing is lost however near 1 the cycles are.
 */
export const backwardWeights =
  <W>(star: Star<W>, massed?: Massed<W>) =>
  (a: Automaton<W>): E.Either<Failure, readonly W[]> => {
    const found = components(a.states, graphOf(star)(a))
    const backward = Array.from({ length: a.states }, () => star.zero)
    const scope: Scope<W> = { star, massed, automaton: a, found, position: new Uint32Array(a.states), backward }
    for (let c = 0; c < found.count; c++) {
      const solved = solveComponent(
        scope,
        found.order.subarray(
          found.begins[c] ?? outside(found.begins, c),
          found.begins[c + 1] ?? outside(found.begins, c + 1),
        ),
      )
      if (E.isLeft(solved)) return solved
    }
    return E.right(backward)
  }

/**
 * `⊕_x w(x)` of the trimmed automaton; `massed` as for `backwardWeights`.
 *
 * @example
 * right(total(star.real)(right(whiteNoise(5)()))) // => 1
 */
export const total =
  <W>(star: Star<W>, massed?: Massed<W>) =>
  (a: Automaton<W>): E.Either<Failure, W> => {
    const useful = trim(star)(a)
    return pipe(
      backwardWeights(star, massed)(useful),
      E.map((backward) =>
        backward.reduce((sum, ahead, p) => star.add(sum, star.mul(at(useful.start, p), ahead)), star.zero),
      ),
    )
  }
