/**
 * Noise-contrastive estimation of a residual model on a space so small that the optimum is known: with `P_joint ∝ q·e^{−E}`
 * the best energy is `E*(x) = log q(x) − log p_data(x)`, and then log Z = 0 (Deng et al. 2020, Theorem 1). Each datum comes
 * with ν samples of q; log ν is in the logit, or Z would be 1/ν.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { adam, axis, energy, gather, input, inputOf, key, reference, run, trainingProgram } from 'exptilt'
import { residual } from 'exptilt/systems'
import { startSteps, trainSteps } from 'exptilt'

const { logitsOf, noiseContrastive } = residual
const { exactTilt, enumerable } = energy

const points = [0, 1, 2, 3, 4]
const data = enumerable({ points, probabilities: [4, 3, 2, 1, 1] })
const noise = enumerable({ points, probabilities: [1, 1, 1, 2, 3] })

/** 1 000 data and ν = 4 samples of q for each of them, drawn once. */
const mix = { data: 1000, ratio: 4 }
const drawn = [...(await run(data.sample(key(1), 1000))), ...(await run(noise.sample(key(2), 4000)))]

const point = axis('point', points.length)
const row = axis('batch', drawn.length)
const table = input('table', point)
const energies = gather(point)(table, inputOf('i32')('rows', row))
const { loss, accuracy } = noiseContrastive(logitsOf(energies), mix)
const program = trainingProgram({ parameters: { table }, loss, optimiser: adam(0.1), outputs: { accuracy } })

const prepared = await run(reference.prepare(program))
const rows = Int32Array.from(drawn)
const fitted = await run(
  trainSteps({
    prepared,
    batches: () => TE.right({ rows }),
    steps: 120,
    evaluateEvery: 120,
    evaluate: () => TE.right({ score: 0 }),
    signal: new AbortController().signal,
  })(startSteps({ table: new Float32Array(points.length) })),
)

/** E* of the samples: log of the shares in which noise and data were drawn. */
const share = (from: number, to: number, x: number): number =>
  drawn.slice(from, to).filter((y) => y === x).length / (to - from)
const found = Array.from(fitted.best['table'] ?? [])
const optimum = points.map((x) => Math.log(share(1000, 5000, x) / share(0, 1000, x)))
const truth = points.map((x) => (noise.logProbabilities[x] ?? 0) - (data.logProbabilities[x] ?? 0))
const { logPartition } = exactTilt(noise.logProbabilities, found)

export const answer = { found, optimum, truth, logPartition }
console.log('E found', found, 'optimum of the samples', optimum, 'of the distributions', truth)
console.log('log Z', logPartition, 'loss', fitted.curve.at(-1)?.watched['loss'])
