/**
 * What is measured of a trained translator's translations: BLEU of beam search as a whole and by length (Table 7), ROUGE and
 * METEOR (Table 10), and BLEU of energy re-sampling among K candidates (Table 9).
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, orElse } from '../../at.ts'
import type { Run } from '../../effect.ts'
import { fail } from '../../effect.ts'
import { type Key, fold } from '../../key.ts'
import { bleuByLength, corpusBleu, type Translated } from '../../metrics/bleu.ts'
import { corpusMeteor } from '../../metrics/meteor.ts'
import { corpusRouge } from '../../metrics/rouge.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import type { Hypothesis } from '../../models/beam.ts'
import { resampleCandidates } from './resample.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import type { CandidateScore, TranslatedSentence, TranslationMeasures } from './results.ts'
import { type PairRows, beforeEnd, firstPairs, takePairs } from './translation-rows.ts'
import type { SearchOptions, TranslationRuntime } from './translation-runtime.ts'
import type { TranslationTask } from './translation-task.ts'

/** What measuring needs. */
export interface Measuring {
  readonly run: Run
  readonly options: TranslationExperiment
  readonly task: TranslationTask
  readonly runtime: TranslationRuntime
  readonly key: Key
  readonly search: Pick<SearchOptions, 'signal' | 'onSentences'>
}

/** Lines against the references of the test part's first sentences. */
const translated = ({ task }: Measuring, texts: readonly string[]): readonly Translated[] =>
  texts.map((hypothesis, i) => ({ hypothesis, references: [at(at(task.sentences, i), 1)] }))

const textOf = ({ task }: Measuring, hypothesis: Hypothesis | undefined): string =>
  task.decode(beforeEnd(hypothesis?.tokens ?? new Int32Array(0), task.end))

/** Every hypothesis as a target of its source: `width` rows for each source. */
const asTargets = (
  sources: PairRows,
  beams: readonly (readonly Hypothesis[])[],
  width: number,
  end: number,
): PairRows => {
  const rows = takePairs(
    sources,
    Int32Array.from({ length: beams.length * width }, (_, i) => Math.floor(i / width)),
  )
  const target = new Int32Array(rows.target.length).fill(end)
  beams.forEach((beam, i) => {
    for (let k = 0; k < width; k++) target.set(orElse(beam[k], at(beam, 0)).tokens, (i * width + k) * rows.time)
  })
  return { ...rows, target }
}

/** One of each beam by the energy of its last token. */
const chosen = async (
  measuring: Measuring,
  parameters: Parameters,
  sources: PairRows,
  beams: readonly (readonly Hypothesis[])[],
): Promise<readonly string[]> => {
  const { run, runtime, task, key } = measuring
  const width = orElse(beams[0]?.length, 1)
  const { energies } = await run(runtime.score(parameters, asTargets(sources, beams, width, task.end)))
  const taken = resampleCandidates(key, { candidates: width, choice: 'draw' })(energies, width)
  if (E.isLeft(taken)) return fail(taken.left)
  return beams.map((beam, i) => textOf(measuring, beam[at(taken.right, i) - i * width]))
}

/** BLEU with K candidates, for every K; `best` are the translations without re-sampling, `found` the beams they are from. */
const candidateScores = async (
  measuring: Measuring,
  parameters: Parameters,
  sources: PairRows,
  { best, found }: { readonly best: readonly string[]; readonly found: readonly (readonly Hypothesis[])[] },
): Promise<readonly CandidateScore[]> => {
  const { run, runtime, options, search } = measuring
  const { beam, lengthPenalty, candidates } = options
  const scores: CandidateScore[] = []
  for (const k of candidates) {
    const searched = async () => run(runtime.translate(parameters, sources, { width: k, lengthPenalty, ...search }))
    const texts = k === 0 ? best : await chosen(measuring, parameters, sources, k === beam ? found : await searched())
    scores.push({ candidates: k, bleu: corpusBleu(translated(measuring, texts)).score })
  }
  return scores
}

/** The translations of the first test sentences, and how good they are. */
interface MeasuredTranslations {
  readonly measures: TranslationMeasures
  /** As many as the report shows. */
  readonly shown: readonly TranslatedSentence[]
}

/** Searches that measuring makes: one of the beam, and one for every K that the beam does not serve. */
export const searchesOf = ({ beam, candidates }: TranslationExperiment): number =>
  1 + candidates.filter((k) => k !== 0 && k !== beam).length

/** The translations of the first test sentences, and how good they are. */
export const measureTranslations = async (
  measuring: Measuring,
  parameters: Parameters,
): Promise<MeasuredTranslations> => {
  const { run, options, task, runtime, search } = measuring
  const { beam, lengthPenalty } = options
  const sources = firstPairs(task.rows.test, options.translated)
  const found = await run(runtime.translate(parameters, sources, { width: beam, lengthPenalty, ...search }))
  const best = found.map(([first]) => textOf(measuring, first))
  const lines = translated(measuring, best)
  const pairs = lines.map(({ hypothesis, references }) => ({ hypothesis, reference: at(references, 0) }))
  const drawing = { ...measuring, key: fold(measuring.key, 0) }
  return {
    measures: {
      bleu: corpusBleu(lines).score,
      rouge: corpusRouge(pairs),
      meteor: corpusMeteor(lines),
      byLength: bleuByLength(lines, options.lengths).map(({ bleu, ...rest }) => ({ ...rest, bleu: bleu.score })),
      byCandidates: await candidateScores(drawing, parameters, sources, { best, found }),
    },
    shown: best.slice(0, options.samples).map((text, i) => {
      const [first] = at(found, i)
      return { text, logProbability: first === undefined ? Number.NEGATIVE_INFINITY : first.logProbability }
    }),
  }
}
