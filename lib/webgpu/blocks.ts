/**
 * Fused runs with transposed operands: an invocation computes a block of four by four elements, along the last axis and along the
 * one in which those operands are contiguous, from four vec4s of each; neighbouring invocations take blocks that are near in both.
 */
import { at, orElse } from '../at.ts'
import { COMPONENTS, type Domain, type Operand, offsetText } from './domain.ts'

/** The axis of a block beside the last one. */
export interface Blocks {
  readonly across: number
}

const FOUR: readonly number[] = [0, 1, 2, 3]

/** Contiguous, or the same everywhere, along the last axis. */
const isStraight = ({ strides }: Operand): boolean =>
  strides.at(-1) === 0 || (strides.at(-1) === 1 && strides.slice(0, -1).every((s) => s % 4 === 0))

/** The blocks of a run; undefined where no operand is transposed, or one otherwise, or sizes are no multiples of 4. */
export const blocksOf = ({ sizes, operands }: Domain): Blocks | undefined => {
  const last = sizes.length - 1
  const across = orElse(operands.find((o) => !isStraight(o))?.strides.indexOf(1), -1)
  if (across < 0 || across === last || at(sizes, across) % 4 !== 0 || at(sizes, last) % 4 !== 0) return undefined
  const isTurned = ({ strides }: Operand): boolean => strides.every((s, d) => (d === across ? s === 1 : s % 4 === 0))
  return operands.every((o) => isStraight(o) || isTurned(o)) ? { across } : undefined
}

/** Whether an operand is loaded as vec4s. */
const isWhole = (o: Operand): boolean => !isStraight(o) || o.strides.at(-1) === 1

/** Which bindings hold vec4s; undefined where one is read both ways. */
export const quadBindings = ({ operands }: Domain, bindings: number): readonly boolean[] | undefined => {
  const ways = Array.from({ length: bindings }, (_, b) => operands.filter((o) => o.binding === b).map(isWhole))
  return ways.some((own) => new Set(own).size > 1) ? undefined : ways.map((own) => own.every(Boolean))
}

/** Neighbouring blocks across that come before the next along the last axis: a power of two up to 8. */
const nearOf = (blocks: number): number =>
  orElse(
    [8, 4, 2].find((n) => blocks % n === 0),
    1,
  )

/** Lines that split the index `i` of a block into the position of its first element along every axis. */
const positions = (sizes: readonly number[], { across }: Blocks): readonly string[] => {
  const last = sizes.length - 1
  const [rows, columns] = [at(sizes, across) / 4, at(sizes, last) / 4]
  const near = nearOf(rows)
  const others = sizes.flatMap((size, d) => (d === across || d === last ? [] : [{ size, d }])).reverse()
  return [
    `let p${last} = 4u * (i / ${near}u % ${columns}u);`,
    `var rest = i / ${near * columns}u;`,
    `let p${across} = 4u * (rest % ${rows / near}u * ${near}u + i % ${near}u);`,
    `rest = rest / ${rows / near}u;`,
    ...others.flatMap(({ size, d }) => [`let p${d} = rest % ${size}u;`, `rest = rest / ${size}u;`]),
  ]
}

/** The lines that load a block, compute it by `at` and store it. */
export const blockLines = ({ sizes, operands }: Domain, blocks: Blocks, out: string): readonly string[] => {
  const [last, { across }] = [sizes.length - 1, blocks]
  const own = sizes.map((_n, d) => sizes.slice(d + 1).reduce((n, size) => n * size, 1))
  const place = (strides: readonly number[], by: number): string => `${offsetText(strides)} + ${by}u`
  const loads = operands.flatMap((o, i) => {
    const step = at(o.strides, isStraight(o) ? across : last)
    const load = (r: number): string =>
      isWhole(o) ? `(${place(o.strides, r * step)}) / 4u` : place(o.strides, r * step)
    return FOUR.map((r) => `let x${i}_${r} = a${o.binding}[${load(r)}];`)
  })
  const operand = (o: Operand, i: number, r: number, c: number): string => {
    if (!isStraight(o)) return `x${i}_${c}.${at(COMPONENTS, r)}`
    return isWhole(o) ? `x${i}_${r}.${at(COMPONENTS, c)}` : `x${i}_${r}`
  }
  const value = (r: number, c: number): string => `at(${operands.map((o, i) => operand(o, i, r, c)).join(', ')})`
  const stores = FOUR.map(
    (r) =>
      `result[(${place(own, r * at(own, across))}) / 4u] = vec4<${out}>(${FOUR.map((c) => value(r, c)).join(', ')});`,
  )
  return [...positions(sizes, blocks), ...loads, ...stores]
}
