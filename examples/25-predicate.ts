/**
 * What no autoregressive model computes (section 9 of the GAM paper, its fourth note): strings of 12 bits of which nine in ten
 * satisfy a predicate that looks random unless one knows its key. One weight λ, fitted on 500 strings, has the process; a model that
 * reads the last k bits, even the best of all, has nothing of it until it reads nearly all, and then each prefix must be learnt by heart.
 */
import { energy, foldIn, key, run, uniforms } from 'exptilt'

const BITS = 12
const strings = Array.from({ length: 2 ** BITS }, (_, i) => i.toString(2).padStart(BITS, '0'))
/** The predicate: one pseudo-random bit of the whole string. */
const holds = (x: string): boolean => (uniforms(foldIn(key(2019), Number.parseInt(x, 2)), 1)[0] ?? 0) < 0.5

const inside = strings.filter(holds).length
const truth = energy.enumerable({
  points: strings,
  probabilities: strings.map((x) => (holds(x) ? 0.9 / inside : 0.1 / (strings.length - inside))),
})
const p = Array.from(truth.logProbabilities, Math.exp)
const entropy = -p.reduce((sum, x) => sum + x * Math.log(x), 0)

/** Training-1 on 500 strings: the base r is white noise, the feature is the absence of the predicate. */
const data = await run(truth.sample(key(1), 500))
const features = energy.indicators<string>(['predicate'], (x) => [holds(x) ? 0 : 1])
const bank = energy.drawBank(features)(strings)
const absent = data.filter((x) => !holds(x)).length / data.length
const { lambda } = energy.fitMoments()(bank)([absent])
const { probabilities } = energy.exactTilt(
  strings.map(() => -BITS * Math.LN2),
  strings.map((x) => (holds(x) ? 0 : -(lambda[0] ?? 0))),
)
const gam = -p.reduce((sum, x, i) => sum + x * Math.log(probabilities[i] ?? 0), 0) - entropy

/** Masses of each beginning of strings, cut to its last k + 1 bits: what the best model that reads k bits knows at each place. */
const masses = (weights: readonly number[], k: number): readonly ReadonlyMap<string, number>[] =>
  Array.from({ length: BITS }, (_, t) => {
    const out = new Map<string, number>()
    strings.forEach((x, i) => {
      const seen = x.slice(Math.max(0, t - k), t + 1)
      out.set(seen, (out.get(seen) ?? 0) + (weights[i] ?? 0))
    })
    return out
  })

/** KL (nats) from the process to the model of k bits of memory whose tables have these weights, so much added to each entry. */
const excess = (k: number, weights: readonly number[], added: number): number => {
  const [own, wanted] = [masses(weights, k), masses(p, k)]
  const mass = (t: number, x: string): number => (own[t]?.get(x) ?? 0) + added
  const log = (t: number, x: string): number =>
    Math.log(mass(t, x) / (mass(t, x) + mass(t, `${x.slice(0, -1)}${x.endsWith('0') ? '1' : '0'}`)))
  return -wanted.reduce((sum, at, t) => sum + [...at].reduce((s, [x, m]) => s + m * log(t, x), 0), 0) - entropy
}

const counts = strings.map((x) => data.filter((y) => y === x).length)
export const answer = {
  lambda: lambda[0],
  gam,
  best: [0, 4, 8, 11].map((k) => excess(k, p, 0)),
  learnt: excess(11, counts, 1),
}
console.log(answer)
