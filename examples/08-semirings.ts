/**
 * Viterbi and the forward algorithm are one program over two semirings: `contractLog` is log Σ e^{x+y}, `contractMaxPlus`
 * max (x + y). A hidden Markov model of three steps: two states of weather, observed through what one carries.
 */
import {
  add,
  axis,
  contractLog,
  contractMaxPlus,
  evaluateOn,
  gradient,
  input,
  logSumExp,
  max,
  reference,
  rename,
  run,
} from 'exptilt'

const from = axis('from', 2)
const to = axis('to', 2)

const first = input('first', from)
const step = input('step', from, to)
const seen = [input('seen0', from), input('seen1', from), input('seen2', from)] as const

const back = rename(to, from)
const advance = (contractOver: typeof contractLog) => {
  const start = add(first, seen[0])
  const second = add(back(contractOver(from)(start, step)), seen[1])
  return add(back(contractOver(from)(second, step)), seen[2])
}

const logLikelihood = logSumExp(from)(advance(contractLog))
const bestPath = max(from)(advance(contractMaxPlus))

/** The posterior of the state at each step is the gradient of the log-likelihood with respect to its log-evidence. */
const posterior = gradient(logLikelihood, { seen0: seen[0], seen1: seen[1], seen2: seen[2] })

const logs = (...xs: readonly number[]): Float64Array => Float64Array.from(xs, Math.log)
const values = await run(
  evaluateOn(reference)(
    { logLikelihood, bestPath, ...posterior },
    {
      first: logs(0.5, 0.5),
      step: logs(0.8, 0.2, 0.4, 0.6),
      seen0: logs(0.9, 0.2),
      seen1: logs(0.9, 0.2),
      seen2: logs(0.1, 0.8),
    },
  ),
)

export const answer = {
  logLikelihood: values.logLikelihood?.data[0] ?? Number.NaN,
  bestPath: values.bestPath?.data[0] ?? Number.NaN,
  posterior: [values.seen0, values.seen1, values.seen2].map((v) => Array.from(v?.data ?? [])),
}
console.log(answer)
