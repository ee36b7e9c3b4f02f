/**
 * Buffers of a schedule before they exist: numbers with a size and a label. Scratch memory is taken and given back, so
 * that steps which do not overlap share it.
 */
import { at } from '../at.ts'

/** A buffer to be: bytes (a multiple of 16, so that vec4s and quads fit) and what it holds, for messages. */
export interface PlannedBuffer {
  readonly label: string
  readonly bytes: number
}

/** Collects buffers; `take` may return one that was given back before, made larger where it must be. */
export interface Arena {
  readonly add: (label: string, bytes: number) => number
  readonly take: (label: string, bytes: number) => number
  readonly give: (buffers: readonly number[]) => void
  readonly buffers: () => readonly PlannedBuffer[]
}

const padded = (bytes: number): number => Math.max(16, Math.ceil(bytes / 16) * 16)

/** An empty arena. */
export const arena = (): Arena => {
  const made: PlannedBuffer[] = []
  const free = new Set<number>()
  const size = (b: number): number => at(made, b).bytes
  const add = (label: string, bytes: number): number => made.push({ label, bytes: padded(bytes) }) - 1
  const take = (label: string, bytes: number): number => {
    const bySize = [...free].sort((a, b) => size(a) - size(b))
    const found = bySize.find((b) => size(b) >= bytes) ?? bySize.at(-1)
    if (found === undefined) return add(label, bytes)
    free.delete(found)
    if (size(found) < bytes) made[found] = { label, bytes: padded(bytes) }
    return found
  }
  const give = (buffers: readonly number[]): void => {
    for (const b of buffers) free.add(b)
  }
  return { add, take, give, buffers: () => made }
}
