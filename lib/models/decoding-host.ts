/**
 * Decoding on the host: the law from which a token is drawn, for models whose logits come from outside. The same rules, to
 * the same ties, as `decoding.ts` has in expressions.
 */
import { at } from '../at.ts'
import { logSoftmax, softmax } from '../math.ts'
import { nucleusShare } from '../ops/top-k.ts'
import type { Decoding } from './decoding.ts'

/** log-probabilities (nats) of the symbols of a row of logits. */
export const logProbabilities = (logits: ArrayLike<number>): Float64Array => logSoftmax(logits)

/** Of logits in falling order, how many are kept by top-k and then by top-p. */
const keptCount = (sorted: readonly number[], { topK, topP = 1 }: Decoding): number => {
  const most = Math.min(topK ?? sorted.length, sorted.length)
  const weights = sorted.slice(0, most).map((x) => Math.exp(x - at(sorted, 0)))
  const wanted = nucleusShare(topP) * weights.reduce((total, w) => total + w, 0)
  if (topP >= 1) return most
  let [kept, mass] = [0, 0]
  while (kept < most && (kept === 0 || mass < wanted)) {
    mass += at(weights, kept)
    kept += 1
  }
  return kept
}

/** Probabilities [symbols] from which the next token is drawn: 0 for what the decoding removes. */
export const decodedProbabilities = (logits: ArrayLike<number>, decoding: Decoding): Float64Array => {
  const scaled = Float64Array.from(logits, (x) => x / (decoding.temperature ?? 1))
  if (decoding.topK === undefined && decoding.topP === undefined) return softmax(scaled)
  const order = Array.from(scaled, (value, i) => ({ value, i })).sort((a, b) => b.value - a.value || a.i - b.i)
  const kept = order.slice(
    0,
    keptCount(
      order.map((o) => o.value),
      decoding,
    ),
  )
  const out = new Float64Array(scaled.length)
  const probabilities = softmax(Float64Array.from(kept, (o) => o.value))
  kept.forEach(({ i }, k) => {
    out[i] = at(probabilities, k)
  })
  return out
}
