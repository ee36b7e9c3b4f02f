/**
 * Agreement of an executor in f32 with the f64 reference, within a running-error bound (T32 of the catalogue).
 */
import { sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { type Executor, feedsOf, inputName } from '../../lib/executor.ts'
import { type Expr, typeOf } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { outputs } from '../../lib/program.ts'
import { feedsFor, type Placed, valuesOf } from '../domains.ts'
import { right } from '../either.ts'

const EPSILON = 2 ** -23
const LARGEST = 3.4e38
const SHIFT = 2 ** -18

/** The inputs with every real value moved by a random sign times 2⁻¹⁸ of itself. */
const moved = (inputs: readonly Placed[], seed: number): readonly Placed[] =>
  inputs.map(({ node, data }, i) => {
    if (typeOf(node).dtype !== 'f32') return { node, data }
    const signs = uniforms(fold(key(seed), i), data.length)
    return { node, data: Float64Array.from(data, (x, j) => x * (1 + (at(signs, j) < 0.5 ? SHIFT : -SHIFT))) }
  })

/**
 * Bounds on the error of each element: 8·(2 + log₂ n)·2⁻²³ times Σ|terms|, where Σ|terms| is estimated as |y| plus the
 * change of y when the operands move, per unit of relative movement (for a sum that is the sum of the moduli, up to
 * the signs drawn). Elements whose terms overflow f32 are left out (no kernel may need a non-finite value). `normwise`
 * takes the largest Σ|terms| of a result for all of its elements.
 */
export const bounds = (
  roots: readonly Expr[],
  inputs: readonly Placed[],
  exact: readonly Values[],
  normwise: boolean,
): readonly Float64Array[] => {
  const n = inputs.reduce((m, { data }) => Math.max(m, data.length), 2)
  const terms = exact.map((y) => Float64Array.from(y, Math.abs))
  for (let seed = 1; seed <= 6; seed++)
    valuesOf(roots, moved(inputs, seed)).forEach((y, r) => {
      const own = terms[r] ?? new Float64Array(0)
      for (let i = 0; i < y.length; i++)
        own[i] = Math.max(
          at(own, i),
          Math.abs(at(exact[r] ?? y, i)) + Math.abs(at(y, i) - at(exact[r] ?? y, i)) / SHIFT,
        )
    })
  return terms.map((own) => {
    const whole = own.reduce((most, t) => Math.max(most, t), 0)
    return own.map((t) =>
      t > LARGEST ? Number.POSITIVE_INFINITY : 8 * (2 + Math.log2(n)) * EPSILON * (normwise ? whole : t) + 2 ** -120,
    )
  })
}

const difference = (
  name: string,
  root: Expr,
  [want, have, limit]: readonly [Values, Values, Float64Array],
): readonly string[] => {
  const { dtype, axes } = typeOf(root)
  if (have.length !== sizeOf(axes)) return [`${name} has ${have.length} elements, not ${sizeOf(axes)}`]
  return [...want].flatMap((x, i) => {
    const [y, allowed] = [at(have, i), at(limit, i)]
    const excused = dtype === 'f32' && (Math.abs(x) > LARGEST || !Number.isFinite(x) || !Number.isFinite(allowed))
    return excused || (dtype === 'f32' ? Math.abs(x - y) <= allowed : x === y)
      ? []
      : [`${name}[${i}] is ${y}, the reference says ${x} (allowed ${allowed})`]
  })
}

/** The elements on which an executor and the reference disagree, as text; none when they agree. */
export const disagreements = async (
  executor: Executor,
  roots: readonly Expr[],
  inputs: readonly Placed[],
  { normwise = false }: { readonly normwise?: boolean } = {},
): Promise<readonly string[]> => {
  const exact = valuesOf(roots, inputs)
  const allowed = bounds(roots, inputs, exact, normwise)
  const wanted = outputs(Object.fromEntries(roots.map((r, i) => [`r${i}`, r])))
  const prepared = right(await executor.prepare(wanted)())
  const names = feedsOf(wanted).map(inputName)
  const got = right(await prepared.run(feedsFor(inputs.filter(({ node }) => names.includes(inputName(node)))))())
  prepared.release()
  const none = new Float64Array(0)
  return roots.flatMap((root, r) =>
    difference(`r${r}`, root, [exact[r] ?? none, got[`r${r}`]?.data ?? none, allowed[r] ?? none]),
  )
}
