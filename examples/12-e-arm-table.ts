/**
 * E-ARM where everything can be enumerated: a table of logits for every prefix of three symbols. The energy of a token is
 * its negative logit; the joint of a prefix and the next token is q(prefix)·e^{logit}/Z. The gradient of the negative phase
 * (Eq. 9), an expectation under the model itself with weights, is that of −log Z by finite differences.
 */
import { axis, evaluateOn, everyLogProbability, everyRow, gradient, input, key, literalIntegers, run } from 'exptilt'
import { eArm } from 'exptilt/systems'
import { parameterInputs, reference, sum, tableModel } from 'exptilt'

const size = { symbols: 3, length: 3 }
const model = tableModel(size)
const table = model.initialise(key(1))
const { tokens, count } = everyRow(size)
const [batch, time] = [axis('batch', count), axis('time', size.length)]

// All 27 strings, each weighed by its probability under the model: expectations over the batch are exact.
const inputs = parameterInputs(model.parameters)
const rows = { tokens: literalIntegers(tokens, batch, time), mask: input('q', batch, time) }
const logits = model.forward(inputs, rows.tokens, () => (x) => x).logits
const terms = eArm.tokenTerms({ ...rows, logits })
const weights = eArm.prefixWeights(terms)
const logZ = eArm.logNormaliser(terms)
const negative = sum(time)(eArm.negativePhase(size.length)(terms, weights))
const slope = gradient(negative, inputs)['logits'] ?? negative

const at = (values: Float32Array) => {
  const q = everyLogProbability(size)({ logits: values }).map(Math.exp)
  const feeds = {
    'parameter/logits': values,
    q: Float64Array.from({ length: 3 * count }, (_, i) => q[Math.floor(i / 3)] ?? 0),
  }
  return run(evaluateOn(reference)({ logZ, slope, weights }, feeds))
}
const total = async (values: Float32Array) => Array.from((await at(values)).logZ?.data ?? []).reduce((a, b) => a + b, 0)
const moved = (values: Float32Array, i: number, by: number) => values.map((v, j) => (j === i ? v + by : v))

const start = table['logits'] ?? new Float32Array(0)
const exact = await at(start)
const differences: number[] = []
for (const [i, found] of Array.from(exact.slope?.data ?? []).entries()) {
  const [up, down] = [moved(start, i, 1 / 256), moved(start, i, -1 / 256)]
  const numeric = -((await total(up)) - (await total(down))) / ((up[i] ?? 0) - (down[i] ?? 0))
  differences.push(Math.abs(found - numeric))
}
export const answer = { logits: start, logZ: Array.from(exact.logZ?.data ?? []), worst: Math.max(...differences) }
console.log('log Z by step:', answer.logZ, 'largest difference of the gradient:', answer.worst)
