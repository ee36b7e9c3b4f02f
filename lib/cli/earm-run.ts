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
import type { EvaluateEArm, EvaluationRequest } from '../systems/e-arm/run-evaluation.ts'
import type { EArmSamples, SampleEArm, SampleRequest } from '../systems/e-arm/run-samples.ts'
import { readExperiment } from './earm.ts'
import type { EArmEvaluateFlags, EArmSampleFlags } from './earm-flags.ts'
import { countProblem, decodingOf, finishedRun, onFinishedRun, seedProblem } from './finished-run.ts'
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

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

type RunFlags = EArmEvaluateFlags | EArmSampleFlags

const png = ({ out }: EArmSampleFlags): Failure | undefined =>
  out === undefined || /\.png$/iu.test(out)
    ? undefined
    : usage(`--out ${out} is no .png file`, 'give for example samples.png')

const requestOf = (flags: EArmSampleFlags): E.Either<Failure, SampleRequest> => {
  const { count, seed, variant = 'both', prompt } = flags
  const decoding = decodingOf(flags)
  const wrong = countProblem('--count', count) ?? decodingFailure(decoding) ?? png(flags) ?? seedProblem(seed)
  if (wrong !== undefined) return E.left(wrong)
  return E.right({
    variants: variant === 'both' ? variants : [variant],
    decoding,
    ...(count === undefined ? {} : { count }),
    ...(seed === undefined ? {} : { seed }),
    ...(prompt === undefined ? {} : { prompt }),
  })
}

const evaluationRequest = ({ data, measured }: EArmEvaluateFlags): E.Either<Failure, EvaluationRequest> => {
  const wrong = countProblem('--measured', measured)
  return wrong === undefined
    ? E.right({ ...(data === undefined ? {} : { data }), ...(measured === undefined ? {} : { measured }) })
    : E.left(wrong)
}

/** Samples as they are printed; images go to a file, of which the path is printed. */
const shown =
  (flags: EArmSampleFlags) =>
  (found: EArmSamples): TE.TaskEither<Failure, string> => {
    const picture = samplesPng(found)
    const printed = flags.json ? samplesJson(found) : samplesText(found)
    if (picture === undefined || (flags.json && flags.out === undefined)) return TE.right(printed)
    const path = flags.out ?? join(flags.run, 'samples.png')
    return pipe(
      prepareDirectory(dirname(path)),
      TE.chain(() => writeAtomically(path)(picture)),
      TE.map(() => (flags.json ? printed : `Images: ${path}\n`)),
    )
  }

type Work = (system: EArmRunSystem, services: EArmServices, options: EArmExperiment) => TE.TaskEither<Failure, string>

const evaluating =
  ({ json }: EArmEvaluateFlags) =>
  (request: EvaluationRequest): Work =>
  ({ evaluateEArm }, services, options) =>
    pipe(evaluateEArm(services)(options, request), TE.map(json ? evaluationJson : evaluationText))

const sampling =
  (flags: EArmSampleFlags) =>
  (request: SampleRequest): Work =>
  ({ sampleEArm }, services, options) =>
    pipe(sampleEArm(services)(options, request), TE.chain(shown(flags)))

/** What the flags ask for; `Usage` and `Domain` before anything is read. */
const workOf = (flags: RunFlags): E.Either<Failure, Work> =>
  flags.kind === 'earm-sample'
    ? pipe(requestOf(flags), E.map(sampling(flags)))
    : pipe(evaluationRequest(flags), E.map(evaluating(flags)))

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
        TE.bind('options', () => finishedRun(flags.task, readExperiment)(flags)),
        TE.bind('system', () => load),
        TE.chain(({ work, options, system }) => work(system, services, options)),
      ),
    )
