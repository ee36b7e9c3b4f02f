/**
 * Dynamic batches: pairs of about one length go together, as many as a bound on tokens holds (fairseq's `--max-tokens`, which
 * the paper uses with 4 096).
 */
import { absent, at, outside } from '../../at.ts'
import { cumulative, fineUniforms, invert } from '../../energy/uniform.ts'
import type { Key } from '../../key.ts'
import type { RowsShape } from './trainer.ts'
import { type PairRows, takePairs } from './translation-rows.ts'

/** Pairs of about one length: their numbers among all, and the shape of their batches. */
interface Bucket extends RowsShape {
  readonly members: Int32Array
}

/** Lengths at which buckets end, each at most half as long again as the one before from 16 on: little of a batch is filled up. */
const edges = (time: number): readonly number[] => {
  const found: number[] = []
  for (let edge = 8; edge < time; edge += Math.max(8, 2 ** (Math.floor(Math.log2(edge)) - 1))) found.push(edge)
  return [...found, time]
}

/** Tokens of the longer side of a pair, its end counted. */
const longest = ({ source, target, time }: PairRows, end: number, i: number): number => {
  for (let k = time - 1; k > 0; k--) {
    const place = i * time + k - 1
    if ((source[place] ?? outside(source, place)) !== end || (target[place] ?? outside(target, place)) !== end)
      return k + 1
  }
  return 1
}

/**
 * Rows in buckets by length, each with the shape of a batch of at most so many tokens on either side (one row, where rows are
 * longer). No bucket is empty.
 */
export const bucketsOf = (rows: PairRows, end: number, tokens: number): readonly Bucket[] => {
  const ends = edges(rows.time)
  const members = new Map<number, number[]>()
  for (let i = 0; i < rows.count; i++) {
    const length = longest(rows, end, i)
    const edge = ends.find((each) => each >= length) ?? rows.time
    const own = members.get(edge)
    if (own === undefined) members.set(edge, [i])
    else own.push(i)
  }
  return ends.flatMap((time) => {
    const own = members.get(time)
    return own === undefined
      ? []
      : [{ time, batch: Math.max(1, Math.floor(tokens / time)), members: Int32Array.from(own) }]
  })
}

/** How often each bucket is drawn: as often as it has batches, so that every pair is seen as often as every other. */
export const bucketShares = (buckets: readonly Bucket[]): readonly number[] => {
  const batches = buckets.map(({ members, batch }) => members.length / batch)
  const total = batches.reduce((sum, n) => sum + n, 0)
  return batches.map((n) => n / total)
}

/** The first `time` columns of rows. */
const narrowed = (rows: PairRows, time: number): PairRows => {
  const columns = (data: Int32Array): Int32Array =>
    Int32Array.from({ length: rows.count * time }, (_, i) => at(data, Math.floor(i / time) * rows.time + (i % time)))
  return { ...rows, source: columns(rows.source), target: columns(rows.target), time }
}

/** Batches: a bucket by its share, and rows of it with replacement; a function of the key. */
export const bucketDraws = (
  rows: PairRows,
  buckets: readonly Bucket[],
): ((key: Key) => { readonly bucket: number; readonly pairs: PairRows }) => {
  const most = Math.max(...buckets.map(({ batch }) => batch))
  const pick = invert(cumulative(bucketShares(buckets)))
  return (key) => {
    const [first = absent(), ...places] = fineUniforms(key, 1 + most)
    const bucket = pick(first)
    const { members, batch, time } = at(buckets, bucket)
    const taken = places.slice(0, batch).map((u) => at(members, Math.floor(u * members.length)))
    return { bucket, pairs: narrowed(takePairs(rows, taken), time) }
  }
}
