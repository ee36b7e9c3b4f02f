/**
 * `exptilt earm TASK evaluate|sample --run DIR`: a finished run read back, measured again, sampled from or asked to translate.
 */
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readLines } from '../data/pair-files.ts'
import { type Failure, usage } from '../errors.ts'
import type { Typed } from '../experiment/settings.ts'
import { decodingFailure } from '../models/decoding.ts'
import { textOf } from '../report/document-text.ts'
import { evaluationDocument, evaluationJson } from '../report/earm-evaluation.ts'
import { samplesJson, samplesPng, samplesText } from '../report/earm-samples.ts'
import { prepareDirectory, writeAtomically } from '../report/files.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import type { EArmServices } from '../systems/e-arm/results.ts'
import type { EvaluateEArm, EvaluationRequest } from '../systems/e-arm/run-evaluation.ts'
import type { EArmSamples, SampleEArm } from '../systems/e-arm/run-samples.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import type { Method, SampleRequest } from '../systems/e-arm/task.ts'
import type { EArmEvaluateFlags, EArmSampleFlags } from './earm-grammar.ts'
import { decodingOf, type FinishedRun, finishedRun, firstTyped, onFinishedRun, whereTyped } from './finished-run.ts'
import { loaded } from './loaded.ts'
import type { World } from './world.ts'

/** The systems behind both commands. */
export interface EArmRunSystem {
  readonly evaluateEArm: EvaluateEArm
  readonly sampleEArm: SampleEArm
}

const installed: TE.TaskEither<Failure, EArmRunSystem> = loaded(async () => ({
  ...(await import('../systems/e-arm/run-evaluation.ts')),
  ...(await import('../systems/e-arm/run-samples.ts')),
}))

type RunFlags = EArmEvaluateFlags | EArmSampleFlags

type Work = (
  system: EArmRunSystem,
  services: EArmServices,
  found: FinishedRun<EArmExperiment>,
) => TE.TaskEither<Failure, string>

/** What is wrong with the data of an evaluation: translation has two files of test pairs, or none. */
const dataProblem = ({ task, typed }: EArmEvaluateFlags): Failure | undefined => {
  const [data, target] = [typed['--data'], typed['--target']]
  if (task !== 'translate' || (data === undefined) === (target === undefined)) return undefined
  return data === undefined
    ? usage('--target was given without --data', 'add --data FILE, the sentences that it translates')
    : usage('--data was given without --target', 'add --target FILE, its translations line by line')
}

const requestOf = ({ typed }: EArmEvaluateFlags, asked: EArmExperiment): EvaluationRequest => {
  const given = whereTyped(typed)
  const common = { data: given('--data', asked.data), measured: given('--measured', asked.measured) }
  return asked.task !== 'translate'
    ? common
    : {
        ...common,
        target: given('--target', asked.target),
        translated: given('--translated', asked.translated),
        beam: given('--beam', asked.beam),
        lengthPenalty: given('--length-penalty', asked.lengthPenalty),
        candidates: given('--candidates', asked.candidates),
        lengths: given('--lengths', asked.lengths),
      }
}

const evaluating =
  (flags: EArmEvaluateFlags): Work =>
  ({ evaluateEArm }, services, { options, asked }) =>
    pipe(
      evaluateEArm(services)(options, requestOf(flags, asked)),
      TE.map((found) => (flags.json ? evaluationJson(found) : textOf(evaluationDocument(found)))),
    )

/** Flags that go with one way of translating alone. */
const methodFlags = ({ typed, temperature, topK, topP }: EArmSampleFlags): Readonly<Record<Method['kind'], Typed>> => ({
  beam: { '--beam': typed['--beam'], '--length-penalty': typed['--length-penalty'] },
  sampling: { '--seed': typed['--seed'], '--temperature': temperature, '--top-k': topK, '--top-p': topP },
})

const other = { beam: 'sampling', sampling: 'beam' } as const

/** What is wrong with flags of a translation that do not go together. */
const translationProblem = (flags: EArmSampleFlags): Failure | undefined => {
  const { text, typed, method = 'beam' } = flags
  if (text !== undefined && typed['--data'] !== undefined)
    return usage('--text and --data were both given', 'give one of them')
  const own = text !== undefined ? '--text' : typed['--data'] !== undefined ? '--data' : undefined
  if (typed['--count'] !== undefined && own !== undefined)
    return usage(`--count counts test sentences, but ${own} was given`, 'leave one of them out')
  const stray = firstTyped(methodFlags(flags)[other[method]])
  return stray === undefined
    ? undefined
    : usage(`${stray} belongs to --method ${other[method]}`, `leave it out, or use --method ${other[method]}`)
}

/** What is wrong with the flags of a sample, before anything is read. */
const sampleProblem = (flags: EArmSampleFlags): Failure | undefined => {
  const { png, task } = flags
  if (png !== undefined && !/\.png$/iu.test(png))
    return usage(`--out ${png} is no .png file`, 'give for example samples.png')
  return (task === 'translate' ? translationProblem(flags) : undefined) ?? decodingFailure(decodingOf(flags))
}

const methodOf = ({ method = 'beam' }: EArmSampleFlags, asked: EArmExperiment): { readonly method?: Method } => {
  if (asked.task !== 'translate') return {}
  const { beam, lengthPenalty } = asked
  return { method: method === 'beam' ? { kind: 'beam', beam, lengthPenalty } : { kind: 'sampling' } }
}

/** The sentences of a text or a file, where there is one. */
const sentencesOf = (
  { text, typed, task }: EArmSampleFlags,
  { data }: EArmExperiment,
): TE.TaskEither<Failure, Pick<SampleRequest, 'sentences'>> => {
  if (text !== undefined) return TE.right({ sentences: [{ name: 'the sentence', text: text.trim() }] })
  if (task !== 'translate' || typed['--data'] === undefined) return TE.right({})
  return pipe(
    readLines(data),
    TE.map((lines) => ({ sentences: lines.map((line, i) => ({ name: `line ${i + 1} of ${data}`, text: line })) })),
  )
}

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

const sampling =
  (flags: EArmSampleFlags): Work =>
  ({ sampleEArm }, services, { options, asked }) => {
    const { prompt, typed, variants } = flags
    return pipe(
      sentencesOf(flags, asked),
      TE.chain((sentences) =>
        sampleEArm(services)(options, {
          ...sentences,
          ...methodOf(flags, asked),
          decoding: decodingOf(flags),
          ...(typed['--count'] === undefined ? {} : { count: asked.samples }),
          ...(typed['--seed'] === undefined ? {} : { seed: asked.seed }),
          ...(variants === undefined ? {} : { variants }),
          ...(prompt === undefined ? {} : { prompt }),
        }),
      ),
      TE.chain(shown(flags)),
    )
  }

/** What the flags ask for; `Usage` and `Domain` before anything is read. */
const workOf = (flags: RunFlags): E.Either<Failure, Work> => {
  const [wrong, work] =
    flags.kind === 'earm-evaluate' ? [dataProblem(flags), evaluating(flags)] : [sampleProblem(flags), sampling(flags)]
  return wrong === undefined ? E.right(work) : E.left(wrong)
}

const runOf = (flags: RunFlags): TE.TaskEither<Failure, FinishedRun<EArmExperiment>> => {
  switch (flags.task) {
    case 'lm':
      return finishedRun('lm', eArmExperiments.lm)(flags)
    case 'image':
      return finishedRun('image', eArmExperiments.image)(flags)
    case 'translate':
      return finishedRun('translate', eArmExperiments.translate)(flags)
  }
}

/** Runs `exptilt earm TASK evaluate|sample`; the exit code. */
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
        TE.bind('found', () => runOf(flags)),
        TE.bind('system', () => load),
        TE.chain(({ work, found, system }) => work(system, services, found)),
      ),
    )
