/**
 * `exptilt earm lm|image evaluate|sample --run DIR`: a finished run read back, measured again or sampled from.
 */
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { decodingFailure } from '../models/decoding.ts'
import { evaluationJson, evaluationText } from '../report/earm-evaluation.ts'
import { samplesJson, samplesPng, samplesText } from '../report/earm-samples.ts'
import { prepareDirectory, writeAtomically } from '../report/files.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import { type EArmServices, variants } from '../systems/e-arm/experiment-results.ts'
import type { EvaluateEArm } from '../systems/e-arm/run-evaluation.ts'
import type { EArmSamples, SampleEArm } from '../systems/e-arm/run-samples.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import type { EArmEvaluateFlags, EArmSampleFlags } from './earm-grammar.ts'
import { decodingOf, type FinishedRun, finishedRun, onFinishedRun } from './finished-run.ts'
import type { World } from './world.ts'

/** The systems behind both commands. */
export interface EArmRunSystem {
  readonly evaluateEArm: EvaluateEArm
  readonly sampleEArm: SampleEArm
}

const installed: TE.TaskEither<Failure, EArmRunSystem> = TE.tryCatch(
  async () => ({
    ...(await import('../systems/e-arm/run-evaluation.ts')),
    ...(await import('../systems/e-arm/run-samples.ts')),
  }),
  fromThrown('Runtime', 'install the package again with npm ci'),
)

type RunFlags = EArmEvaluateFlags | EArmSampleFlags

type Work = (
  system: EArmRunSystem,
  services: EArmServices,
  found: FinishedRun<EArmExperiment>,
) => TE.TaskEither<Failure, string>

/** What is wrong with flags that no table has, before anything is read. */
const problem = (flags: EArmSampleFlags): Failure | undefined =>
  flags.png === undefined || /\.png$/iu.test(flags.png)
    ? decodingFailure(decodingOf(flags))
    : failure('Usage', `--out ${flags.png} is no .png file`, 'give for example samples.png')

/** Samples as they are printed; images go to a file, of which the path is printed. */
const shown =
  (flags: EArmSampleFlags) =>
  (found: EArmSamples): TE.TaskEither<Failure, string> => {
    const picture = samplesPng(found)
    const printed = flags.json ? samplesJson(found) : samplesText(found)
    if (picture === undefined || (flags.json && flags.png === undefined)) return TE.right(printed)
    const path = flags.png ?? join(flags.run, 'samples.png')
    return pipe(
      prepareDirectory(dirname(path)),
      TE.chain(() => writeAtomically(path)(picture)),
      TE.map(() => (flags.json ? printed : `Images: ${path}\n`)),
    )
  }

const evaluating =
  ({ json }: EArmEvaluateFlags): Work =>
  ({ evaluateEArm }, services, { options, asked: { data, measured } }) =>
    pipe(evaluateEArm(services)(options, { data, measured }), TE.map(json ? evaluationJson : evaluationText))

const sampling =
  (flags: EArmSampleFlags): Work =>
  ({ sampleEArm }, services, { options, asked: { samples, seed } }) => {
    const { prompt, typed } = flags
    const request = {
      variants: variants.filter((variant) => flags.variants === undefined || flags.variants.includes(variant)),
      decoding: decodingOf(flags),
      count: samples,
      ...(typed['--seed'] === undefined ? {} : { seed }),
      ...(prompt === undefined ? {} : { prompt }),
    }
    return pipe(sampleEArm(services)(options, request), TE.chain(shown(flags)))
  }

/** What the flags ask for; `Usage` and `Domain` before anything is read. */
const workOf = (flags: RunFlags): E.Either<Failure, Work> => {
  if (flags.kind === 'earm-evaluate') return E.right(evaluating(flags))
  const wrong = problem(flags)
  return wrong === undefined ? E.right(sampling(flags)) : E.left(wrong)
}

/** Runs `exptilt earm lm|image evaluate|sample`; the exit code. */
export const eArmRunCommand =
  (world: World, load: TE.TaskEither<Failure, EArmRunSystem> = installed) =>
  (flags: RunFlags): Promise<number> =>
    onFinishedRun(
      world,
      flags.run,
    )((services) =>
      pipe(
        TE.fromEither(workOf(flags)),
        TE.bindTo('work'),
        TE.bind(
          'found',
          (): TE.TaskEither<Failure, FinishedRun<EArmExperiment>> =>
            flags.task === 'image'
              ? finishedRun('image', eArmExperiments.image)(flags)
              : finishedRun('lm', eArmExperiments.lm)(flags),
        ),
        TE.bind('system', () => load),
        TE.chain(({ work, found, system }) => work(system, services, found)),
      ),
    )
