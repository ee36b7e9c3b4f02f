/** The arrays that a GPU sweep of `H' = h + M·H` needs (`shaders/entropy_sweep.wgsl`). */
import { outside } from '../at.ts'
import { eachArc } from './automaton.ts'
import { localEntropies } from './entropy.ts'
import type { Pfsa } from './pfsa.ts'

/**
 * Transitions by rows in the types of the shader: row p is [rowPointers[p], rowPointers[p + 1]); `localEntropy` is h in
 * nats. Axes: rowPointers [states + 1], targets and weights [arcs], localEntropy [states].
 */
export interface SparseTransitions {
  readonly states: number
  readonly rowPointers: Uint32Array
  readonly targets: Uint32Array
  readonly weights: Float32Array
  readonly localEntropy: Float32Array
}

/** The transitions of a PFSA without its arcs of weight 0, with f32 weights and local entropies. */
export const sparseTransitions = (a: Pfsa): SparseTransitions => {
  const rowPointers = new Uint32Array(a.states + 1)
  const targets: number[] = []
  const weights: number[] = []
  eachArc(a, (from, _symbol, to, weight) => {
    if (weight === 0) return
    targets.push(to)
    weights.push(weight)
    rowPointers[from + 1] = targets.length
  })
  // A state without arcs begins where the last one ended.
  for (let p = 0; p < a.states; p++)
    rowPointers[p + 1] = Math.max(
      rowPointers[p] ?? outside(rowPointers, p),
      rowPointers[p + 1] ?? outside(rowPointers, p + 1),
    )
  return {
    states: a.states,
    rowPointers,
    targets: Uint32Array.from(targets),
    weights: Float32Array.from(weights),
    localEntropy: Float32Array.from(localEntropies(a)),
  }
}

/** One sweep on the CPU in f64 over the f32 arrays: the shader's reference. */
export const sweepOnce =
  (t: SparseTransitions) =>
  (previous: ArrayLike<number>): Float64Array =>
    Float64Array.from({ length: t.states }, (_, p) => {
      let total = t.localEntropy[p] ?? outside(t.localEntropy, p)
      for (
        let k = t.rowPointers[p] ?? outside(t.rowPointers, p);
        k < (t.rowPointers[p + 1] ?? outside(t.rowPointers, p + 1));
        k++
      ) {
        const j = t.targets[k] ?? outside(t.targets, k)
        total += (t.weights[k] ?? outside(t.weights, k)) * (previous[j] ?? outside(previous, j))
      }
      return total
    })
