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
import type { EvaluateTranslation } from '../systems/e-arm/translation-evaluation.ts'
import type { TranslationExperiment } from '../systems/e-arm/experiment-options.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import type {
  SampleTranslation,
  TranslationMethod,
  TranslationSampleRequest,
} from '../systems/e-arm/translation-samples.ts'
import type { Typed } from '../experiment/settings.ts'
import type { EArmEvaluateFlags, EArmSampleFlags } from './earm-grammar.ts'
import { decodingOf, type FinishedRun, finishedRun, firstTyped, onFinishedRun, whereTyped } from './finished-run.ts'
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

type Work = (
  system: TranslateRunSystem,
  services: EArmServices,
  found: FinishedRun<TranslationExperiment>,
) => TE.TaskEither<Failure, string>

/** Two files of test pairs, or none. */
const filesOf = ({ typed }: EArmEvaluateFlags): Failure | undefined => {
  const [data, target] = [typed['--data'], typed['--target']]
  if ((data === undefined) === (target === undefined)) return undefined
  return data === undefined
    ? usage('--target was given without --data', 'add --data FILE, the sentences that it translates')
    : usage('--data was given without --target', 'add --target FILE, its translations line by line')
}

const evaluating = (flags: EArmEvaluateFlags): E.Either<Failure, Work> => {
  const wrong = filesOf(flags)
  if (wrong !== undefined) return E.left(wrong)
  const { typed, json } = flags
  return E.right(({ evaluateTranslation }, services, { options, asked }) => {
    const given = whereTyped(typed)
    const { data, target, measured, translated, beam, lengthPenalty, candidates, lengths } = asked
    const request = {
      measured: given('--measured', measured),
      translated: given('--translated', translated),
      ...{ beam, lengthPenalty, candidates, lengths },
      files: target === undefined ? undefined : given('--target', { source: data, target }),
    }
    return pipe(
      evaluateTranslation(services)(options, request),
      TE.map(json ? translationEvaluationJson : translationEvaluationText),
    )
  })
}

/** Flags of a table and of none that go with one method alone. */
const methodFlags = (flags: EArmSampleFlags): Readonly<Record<TranslationMethod['kind'], Typed>> => {
  const { typed, temperature, topK, topP } = flags
  return {
    beam: { '--beam': typed['--beam'], '--length-penalty': typed['--length-penalty'] },
    sampling: { '--seed': typed['--seed'], '--temperature': temperature, '--top-k': topK, '--top-p': topP },
  }
}

const other = { beam: 'sampling', sampling: 'beam' } as const

/** What is wrong with flags that do not go together, or with a decoding. */
const problem = (flags: EArmSampleFlags): Failure | undefined => {
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

const methodOf = (flags: EArmSampleFlags, { beam, lengthPenalty, seed }: TranslationExperiment): TranslationMethod =>
  flags.method === 'sampling'
    ? {
        kind: 'sampling',
        decoding: decodingOf(flags),
        ...(flags.typed['--seed'] === undefined ? {} : { seed }),
      }
    : { kind: 'beam', beam, lengthPenalty }

type Sentences = Pick<TranslationSampleRequest, 'sentences' | 'count'>

/** What is translated: a sentence, the lines of a file, or the first test sentences. */
const sentencesOf = (
  { text, typed }: EArmSampleFlags,
  { data, samples }: TranslationExperiment,
): TE.TaskEither<Failure, Sentences> => {
  if (text !== undefined) return TE.right({ sentences: [{ name: 'the sentence', text: text.trim() }] })
  if (typed['--data'] === undefined) return TE.right(typed['--count'] === undefined ? {} : { count: samples })
  return pipe(
    readLines(data),
    TE.map((lines) => ({ sentences: lines.map((line, i) => ({ name: `line ${i + 1} of ${data}`, text: line })) })),
  )
}

const sampling = (flags: EArmSampleFlags): E.Either<Failure, Work> => {
  const wrong = problem(flags)
  if (wrong !== undefined) return E.left(wrong)
  const { variants, json } = flags
  return E.right(({ sampleTranslation }, services, { options, asked }) =>
    pipe(
      sentencesOf(flags, asked),
      TE.chain((what) =>
        sampleTranslation(services)(options, {
          ...what,
          method: methodOf(flags, asked),
          ...(variants === undefined ? {} : { variants }),
        }),
      ),
      TE.map(json ? translationSamplesJson : translationSamplesText),
    ),
  )
}

/** Runs `exptilt earm translate evaluate|sample`; the exit code. */
export const translateRunCommand =
  (world: World, load: TE.TaskEither<Failure, TranslateRunSystem> = installed) =>
  (flags: EArmEvaluateFlags | EArmSampleFlags): Promise<number> =>
    onFinishedRun(
      world,
      flags.run,
    )((services) =>
      pipe(
        TE.fromEither(flags.kind === 'earm-sample' ? sampling(flags) : evaluating(flags)),
        TE.bindTo('work'),
        TE.bind('found', () => finishedRun('translate', eArmExperiments.translate)(flags)),
        TE.bind('system', () => load),
        TE.chain(({ work, found, system }) => work(system, services, found)),
      ),
    )
