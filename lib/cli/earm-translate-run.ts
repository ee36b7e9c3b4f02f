/**
 * `exptilt earm translate evaluate|sample --run DIR`: a finished run read back, measured again, or asked to translate.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { readLines } from '../data/pair-files.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { translationEvaluationJson, translationEvaluationText } from '../report/translation-evaluation.ts'
import { translationSamplesJson, translationSamplesText } from '../report/translation-samples.ts'
import type { EArmServices } from '../systems/e-arm/experiment-results.ts'
import type { EvaluateTranslation, TranslationEvaluationRequest } from '../systems/e-arm/translation-evaluation.ts'
import {
  type TranslationExperiment,
  translationCodec,
  validateTranslation,
} from '../systems/e-arm/translation-options.ts'
import type {
  SampleTranslation,
  TranslationMethod,
  TranslationSampleRequest,
} from '../systems/e-arm/translation-samples.ts'
import type { TranslateEvaluateFlags, TranslateSampleFlags } from './earm-translate-flags.ts'
import { countProblem, decodingOf, finishedRun, onFinishedRun, seedProblem } from './finished-run.ts'
import { typedBeside } from './folder-command.ts'
import { readOptionsAs } from './run-folder.ts'
import type { World } from './world.ts'

/** The systems behind both commands. */
export interface TranslateRunSystem {
  readonly evaluateTranslation: EvaluateTranslation
  readonly sampleTranslation: SampleTranslation
}

const installed: TE.TaskEither<Failure, TranslateRunSystem> = TE.tryCatch(
  async () => ({
    ...(await import('../systems/e-arm/translation-evaluation.ts')),
    ...(await import('../systems/e-arm/translation-samples.ts')),
  }),
  fromThrown('Runtime', 'install the package again with npm ci'),
)

const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)

/** Two files of test pairs, or none. */
const filesOf = ({ source, target }: TranslateEvaluateFlags): Pick<TranslationEvaluationRequest, 'files'> | Failure =>
  source === undefined
    ? target === undefined
      ? {}
      : usage('--target was given without --source', 'add --source FILE, the sentences that it translates')
    : target === undefined
      ? usage('--source was given without --target', 'add --target FILE, its translations line by line')
      : { files: { source, target } }

type Work = (
  system: TranslateRunSystem,
  services: EArmServices,
  options: TranslationExperiment,
) => TE.TaskEither<Failure, string>

const evaluating = (flags: TranslateEvaluateFlags): E.Either<Failure, Work> => {
  const files = filesOf(flags)
  if ('tag' in files) return E.left(files)
  const { measured, translated, beam, lengthPenalty, candidates, lengths, json } = flags
  const request = { measured, translated, beam, lengthPenalty, candidates, lengths, ...files }
  return E.right(({ evaluateTranslation }, services, options) =>
    pipe(
      evaluateTranslation(services)(options, request),
      TE.map(json ? translationEvaluationJson : translationEvaluationText),
    ),
  )
}

/** Flags of one method alone. */
const methodFlags: Readonly<Record<TranslationMethod['kind'], readonly (keyof TranslateSampleFlags)[]>> = {
  beam: ['beam', 'lengthPenalty'],
  sampling: ['seed', 'temperature', 'topK', 'topP'],
}

/** Flags that go with every method. */
const general: readonly (keyof TranslateSampleFlags)[] = [
  ...(['run', 'text', 'source', 'samples', 'variants', 'method', 'device'] as const),
]

const methodOf = (flags: TranslateSampleFlags): E.Either<Failure, TranslationMethod> => {
  const { method = 'beam', beam, lengthPenalty, seed } = flags
  const beside = typedBeside([...general, ...methodFlags[method]])(flags)
  if (beside !== undefined) {
    const other = method === 'beam' ? 'sampling' : 'beam'
    return E.left(usage(`${beside} belongs to --method ${other}`, `leave it out, or use --method ${other}`))
  }
  if (method === 'beam')
    return E.right({
      kind: 'beam',
      ...(beam === undefined ? {} : { beam }),
      ...(lengthPenalty === undefined ? {} : { lengthPenalty }),
    })
  const decoding = decodingOf(flags)
  return E.right({ kind: 'sampling', decoding, ...(seed === undefined ? {} : { seed }) })
}

type Sentences = Pick<TranslationSampleRequest, 'sentences' | 'count'>

/** What is translated: a sentence, the lines of a file, or the first test sentences. */
const sentencesOf = ({ text, source, samples }: TranslateSampleFlags): TE.TaskEither<Failure, Sentences> => {
  if (text !== undefined) return TE.right({ sentences: [{ name: 'the sentence', text: text.trim() }] })
  if (source === undefined) return TE.right(samples === undefined ? {} : { count: samples })
  return pipe(
    readLines(source),
    TE.map((lines) => ({ sentences: lines.map((line, i) => ({ name: `line ${i + 1} of ${source}`, text: line })) })),
  )
}

const sampleProblem = ({ text, source, samples, seed }: TranslateSampleFlags): Failure | undefined => {
  if (text !== undefined && source !== undefined)
    return usage('--text and --source were both given', 'give one of them')
  const own = text === undefined ? (source === undefined ? undefined : '--source') : '--text'
  return samples !== undefined && own !== undefined
    ? usage(`--samples counts test sentences, but ${own} was given`, 'leave one of them out')
    : (countProblem('--samples', samples) ?? seedProblem(seed))
}

const sampling = (flags: TranslateSampleFlags): E.Either<Failure, Work> => {
  const wrong = sampleProblem(flags)
  if (wrong !== undefined) return E.left(wrong)
  const { variants, json } = flags
  return pipe(
    methodOf(flags),
    E.map(
      (method): Work =>
        ({ sampleTranslation }, services, options) =>
          pipe(
            sentencesOf(flags),
            TE.chain((what) =>
              sampleTranslation(services)(options, {
                ...what,
                method,
                ...(variants === undefined ? {} : { variants }),
              }),
            ),
            TE.map(json ? translationSamplesJson : translationSamplesText),
          ),
    ),
  )
}

/** Runs `exptilt earm translate evaluate|sample`; the exit code. */
export const translateRunCommand =
  (world: World, load: TE.TaskEither<Failure, TranslateRunSystem> = installed) =>
  (flags: TranslateEvaluateFlags | TranslateSampleFlags): Promise<number> =>
    onFinishedRun(
      world,
      flags.run,
    )((services) =>
      pipe(
        TE.fromEither(flags.kind === 'earm-translate-sample' ? sampling(flags) : evaluating(flags)),
        TE.bindTo('work'),
        TE.bind('options', () => finishedRun('translate', readOptionsAs(translationCodec, validateTranslation))(flags)),
        TE.bind('system', () => load),
        TE.chain(({ work, options, system }) => work(system, services, options)),
      ),
    )
