/**
 * What is measured at the end of a run of the GAM paper: cross-entropies, motif frequencies, moments, the tilt's log Z.
 */
import { at, field, orElse } from '../../at.ts'
import type { Bank } from '../../energy/index.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { type GamRun, baseFit, present } from './context.ts'
import { featureMeans } from './distillation.ts'
import { crossEntropyOf, crossEntropyOfTilt, FREQUENCY_SAMPLES, sampleReport, weightReport } from './evaluation.ts'
import { type MomentMatch, momentMatch } from './match.ts'
import { boundsOf } from './moments.ts'
import { paperValuesOf } from './paper.ts'
import { gamPhases, type GamPhase, type GamResults, type LogPartitionRecord, type TiltFound } from './results.ts'

/** What is known of p_λ as soon as λ is fitted. */
export const tiltFound = async (gam: GamRun, bank: Bank): Promise<TiltFound> => {
  const [base, { lambda }] = [baseFit(gam).best, present(gam.state().fitted, 'λ')]
  const [own, tilted] = [
    weightReport(
      bank,
      lambda.map(() => 0),
    ),
    weightReport(bank, lambda),
  ]
  const { validation } = gam.strings
  const ofTilt = await crossEntropyOfTilt(gam, base, lambda, tilted.logPartition, validation)
  return {
    crossEntropyTilt: ofTilt.value,
    ...(countsMotif(gam)
      ? { motifFrequencies: { base: 1 - at(own.moments, 0), tilt: 1 - at(tilted.moments, 0) } }
      : {}),
    logPartition: tilted.logPartition,
  }
}

/** What is measured of base, tilt and student, one after the other, so that progress can say how far it is. */
const measured = async (gam: GamRun, bank: Bank) => {
  const { strings, services } = gam
  services.progress.start('measuring', 4)
  const [base, student, fitted] = [
    baseFit(gam),
    present(gam.state().fits['student'], 'the student'),
    present(gam.state().fitted, 'λ'),
  ]
  const weights = weightReport(bank, fitted.lambda)
  const ofBase = await crossEntropyOf(gam, base.best, strings.test)
  services.progress.advance(1, {})
  const ofTilt = await crossEntropyOfTilt(gam, base.best, fitted.lambda, weights.logPartition, strings.test)
  services.progress.advance(1, {})
  const ofStudent = await crossEntropyOf(gam, student.best, strings.test)
  services.progress.advance(1, {})
  const samples = { base: await sampleReport(gam, base.best, 0), student: await sampleReport(gam, student.best, 1) }
  services.progress.end()
  return { base, student, fitted, weights, entropies: { base: ofBase, tilt: ofTilt, distilled: ofStudent }, samples }
}

type MeasuredGam = Awaited<ReturnType<typeof measured>>

/** The features' means in the data and under base, tilt and student, and whether the tilt meets those of the data. */
const momentsOf = (
  { options, strings, features }: GamRun,
  bank: Bank,
  { fitted, weights, samples }: MeasuredGam,
  data: ArrayLike<number>,
): { readonly moments: GamResults['moments']; readonly momentMatch: MomentMatch } => {
  const base = weightReport(
    bank,
    fitted.lambda.map(() => 0),
  ).moments
  const match = momentMatch({
    names: features.features.names,
    strings: strings.training.length,
    data,
    base,
    tilt: weights.moments,
    tiltErrors: weights.momentErrors,
    lambda: fitted.lambda,
    boundary: fitted.boundary,
    ...boundsOf(options, strings.training.length),
  })
  return {
    momentMatch: match,
    moments: {
      data: Array.from(data),
      base: Array.from(base),
      tilt: Array.from(weights.moments),
      distilled: Array.from(samples.student.moments),
    },
  }
}

/** Whether the first of the features is the absence of the motif. */
const countsMotif = ({ options, features }: GamRun): boolean =>
  options.features[0] === '1' && features.features.names[0] !== undefined

/** How often the motif is there under base, tilt and student; of the tilt where the first feature is its absence. */
const motifOf = (
  gam: GamRun,
  { weights, samples }: MeasuredGam,
): Pick<GamResults, 'motifFrequencyBase' | 'motifFrequencyTilt' | 'motifFrequencyDistilled' | 'frequencySamples'> => {
  return {
    motifFrequencyBase: samples.base.frequency,
    ...(countsMotif(gam) ? { motifFrequencyTilt: 1 - at(weights.moments, 0) } : {}),
    motifFrequencyDistilled: samples.student.frequency,
    frequencySamples: FREQUENCY_SAMPLES,
  }
}

/** Everything that a finished run measures, as its results. */
export const reportOf = async (gam: GamRun, bank: Bank, adapter: string, started: number): Promise<GamResults> => {
  const { options, strings } = gam
  const begun = performance.now()
  const found = await measured(gam, bank)
  const { base, student, fitted, weights, entropies, samples } = found
  const stream = gam.state().stream
  const moments = momentsOf(gam, bank, found, featureMeans(gam, strings.training))
  const seconds = { ...gam.state().seconds, evaluation: (performance.now() - begun) / 1000 }
  const paper = paperValuesOf(options)
  const { population, variation } = gam.state()
  return {
    options,
    adapter,
    crossEntropyBase: entropies.base.value,
    crossEntropyTilt: entropies.tilt.value,
    crossEntropyDistilled: entropies.distilled.value,
    crossEntropyErrors: {
      base: entropies.base.standardError,
      tilt: entropies.tilt.standardError,
      distilled: entropies.distilled.standardError,
    },
    ...(strings.entropy === undefined ? {} : { entropyPerSymbol: strings.entropy / (strings.length + 1) }),
    ...motifOf(gam, found),
    lambda: fitted.lambda,
    featureNames: gam.features.features.names,
    l1Moments: fitted.momentError,
    moments: moments.moments,
    effectiveSampleSize: weights.logPartition.effectiveSampleSize,
    ...(stream === undefined || stream.trials === 0 ? {} : { acceptanceRate: stream.samples.length / stream.trials }),
    ...(population === undefined ? {} : { population }),
    ...(variation === undefined ? {} : { variation }),
    logPartition: doubted(weights.logPartition, moments.momentMatch),
    momentMatch: moments.momentMatch,
    seconds: secondsOf(seconds, started),
    curves: {
      base: curvesOf(base),
      distilled: curvesOf(student),
      l1Moments: fitted.epochErrors,
      lambda: fitted.epochLambdas,
    },
    logWeights: weights.histogram,
    examples: { true: strings.test.slice(0, 8), base: samples.base.examples, distilled: samples.student.examples },
    ...(paper === undefined ? {} : { paper }),
  }
}

/** Cross-entropies of training and validation after every epoch. */
const curvesOf = ({ curve }: StepsState): GamResults['curves']['base'] => ({
  training: curve.map(({ watched }) => field(watched, 'loss')),
  validation: curve.map(({ score }) => score),
})

/** log Z of a tilt that does not have the moments of the data is no reliable figure of the model that was sought. */
const doubted = (found: LogPartitionRecord, { met }: MomentMatch): LogPartitionRecord =>
  met ? found : { ...found, doubts: [...found.doubts, 'moments not met'], reliable: false }

const secondsOf = (seconds: Readonly<Record<string, number>>, started: number): GamResults['seconds'] => {
  const spent = (name: GamPhase): number => orElse(seconds[name], 0)
  const sum = gamPhases.reduce((total, name) => total + (name === 'total' ? 0 : spent(name)), 0)
  return {
    data: spent('data'),
    base: spent('base'),
    moments: spent('moments'),
    distillation: spent('distillation'),
    student: spent('student'),
    evaluation: spent('evaluation'),
    total: Math.max(sum, (performance.now() - started) / 1000),
  }
}
