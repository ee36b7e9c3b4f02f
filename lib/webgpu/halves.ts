/**
 * States that lie as halves: which may, by what reads them, and their readers told so. Arithmetic stays in f32.
 */
import { at, held, orElse } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type Expr, axesOf, topological, typeOf } from '../expr.ts'
import type { Program, StateVariable } from '../executor.ts'
import { passesHalves, readingHalves, takesHalves, widened } from '../ops/halves.ts'

/** Fewer elements are not worth it. */
const LEAST = 1024

/** Whether a state may lie as halves at all: a large one of f32 that stays as it is, of whose rows none ends within a word. */
export const mayBeHalves = ({ input, next, at: index }: StateVariable): boolean => {
  const { axes, dtype } = typeOf(input)
  const row = sizeOf(axes.slice(1))
  return dtype === 'f32' && next === input && index === undefined && row % 2 === 0 && sizeOf(axes) >= LEAST
}

/** What a program computes: all but the states that stay as they are. */
export const movingRoots = ({ outputs, state }: Program): readonly Expr[] => [
  ...Object.values(outputs),
  ...Object.values(state).flatMap(({ input, next }) => (next === input ? [] : [next])),
]

/** Which of these inputs are read, and only as halves may be. */
const onlyAsHalves = (roots: readonly Expr[], inputs: readonly Expr[]): readonly Expr[] => {
  const kept = new Set(roots)
  const readers = new Map<Expr, readonly (readonly [node: Expr, argument: number])[]>()
  for (const node of topological(roots))
    node.args.forEach((x, i) => readers.set(x, [...orElse(readers.get(x), []), [node, i]]))
  const fits = (x: Expr): boolean =>
    !kept.has(x) &&
    orElse(readers.get(x), []).every(([node, i]) => takesHalves(node, i) && (!passesHalves(node) || fits(node)))
  return inputs.filter((x) => readers.has(x) && fits(x))
}

/** The same values where these inputs are halves: who cannot read them so is given f32. */
const readHalves = (roots: readonly Expr[], halves: ReadonlySet<Expr>): readonly Expr[] => {
  const done = new Map<Expr, Expr>()
  const half = new Set(halves)
  for (const node of topological(roots)) {
    const args = node.args.map((a) => orElse(done.get(a), a))
    const stored = args.flatMap((a, i) => (half.has(a) ? [i] : []))
    const taken = stored.filter((i) => takesHalves(node, i))
    const read = args.map((a, i) => (stored.includes(i) && !taken.includes(i) ? widened(a) : a))
    const made =
      taken.length === 0 && read.every((a, i) => a === node.args[i]) ? node : readingHalves(node, read, taken)
    if (taken.length > 0 && passesHalves(node)) half.add(made)
    done.set(node, made)
  }
  return roots.map((root) => {
    const found = held(done, root)
    return half.has(found) ? widened(found) : found
  })
}

/** States by how they lie: halves already, and those that may be if their readers can. */
export interface HalfStates {
  readonly fixed: ReadonlySet<string>
  readonly open: ReadonlySet<string>
}

/** No halves. */
export const NO_HALVES: HalfStates = { fixed: new Set(), open: new Set() }

const mustStay = (name: string): never =>
  raise(
    failure(
      'Runtime',
      `state '${name}' is stored as halves, and a program beside changes it`,
      "open the executor without storage: 'f16' to train",
      { state: name },
    ),
  )

/** The roots of a program (outputs, then next states), where some of its states are halves, and the names of those. */
export const withHalves = (
  { outputs, state }: Program,
  roots: readonly Expr[],
  { fixed, open }: HalfStates,
): { readonly roots: readonly Expr[]; readonly halves: ReadonlySet<string> } => {
  const states = Object.entries(state)
  const changed = states.find(([name, s]) => fixed.has(name) && (s.next !== s.input || s.at !== undefined))
  if (changed !== undefined) mustStay(changed[0])
  const before = Object.keys(outputs).length
  const stays = (i: number): boolean =>
    i >= before && at(states, i - before)[1].next === at(states, i - before)[1].input
  const moving = roots.filter((_r, i) => !stays(i))
  const asked = states.flatMap(([name, s]) => (open.has(name) ? [s.input] : []))
  const found = new Set(onlyAsHalves(moving, asked))
  const halves = new Set(states.flatMap(([name, s]) => (fixed.has(name) || found.has(s.input) ? [name] : [])))
  if (halves.size === 0) return { roots, halves }
  const inputs = new Set(states.flatMap(([name, s]) => (halves.has(name) ? [s.input] : [])))
  const told = [...readHalves(moving, inputs)]
  return { roots: roots.map((r, i) => (stays(i) ? r : orElse(told.shift(), r))), halves }
}

/** Bytes of an input, which may lie as halves. */
export const storedBytes = (x: Expr, half: boolean): number => (half ? 2 : 4) * sizeOf(axesOf(x))
