/**
 * Laws of an own energy network: a small network on a program's executor as an energy of bit strings. Its energy of a string may
 * not depend on what stands beside it in the batch: a network that normalises over the batch breaks this, and with it every weight.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { axis, contract, evaluateOne, input, mean, reference, subtract, sum, tanh, type Tensor } from 'exptilt'
import type { energy } from 'exptilt'
import { complaintsOf, energy as energyLaws } from 'exptilt/laws'
import * as fc from 'fast-check'

const BITS = 6
const [bit, hidden] = [axis('bit', BITS), axis('hidden', 4)]
const weights = Float64Array.from({ length: BITS * 4 }, (_, i) => Math.sin(7 * i + 1))

/** E(x) = Σ_hidden tanh(W·x), of a batch; `norm` is what the hidden layer passes through. */
const network =
  (norm: (rows: number) => (x: Tensor<'batch' | 'hidden' | '1'>) => Tensor<'batch' | 'hidden' | '1'>) =>
  (rows: readonly (readonly number[])[]): ReturnType<energy.Energy<readonly number[]>> => {
    if (rows.length === 0) return TE.right(new Float64Array(0))
    const x = input('x', axis('batch', rows.length), bit)
    const layer = norm(rows.length)(contract(bit)(x, input('w', bit, hidden)))
    return pipe(
      evaluateOne(reference)(sum(hidden)(tanh(layer)), { x: Float64Array.from(rows.flat()), w: weights }),
      TE.map(({ data }) => Float64Array.from(data)),
    )
  }

const plain = network(() => (x) => x)
const normalised = network((rows) => (x) => subtract(x, mean(axis('batch', rows))(x)))

const things = fc.array(fc.constantFrom(0, 1), { minLength: BITS, maxLength: BITS })
const complaints = (own: typeof plain) => complaintsOf(energyLaws({ energy: own, things }))
export const answer = { plain: await complaints(plain), normalised: await complaints(normalised) }
console.log('plain:', answer.plain, 'normalised over the batch:', answer.normalised)
