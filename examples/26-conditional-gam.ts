/**
 * A conditional GAM from end to end (Eq. 2 of the paper): strings of 12 bits that hold one motif or the
 * other, as the two bits before them agree or differ.
 * An LSTM r learns the pairs, λ(C) is a network of the two bits, draws of p_λ(·|C) teach a second LSTM π. An automaton for each
 * context has the exact entropy. λ linear in the bits cannot tell whether they differ.
 */
import {
  automata,
  encodeStrings,
  energy,
  foldIn,
  initialiseLstm,
  key,
  type Key,
  languageBase,
  languageRuntime,
} from 'exptilt'
import {
  lstmAutoregressive,
  openExecutor,
  right,
  run,
  startSteps,
  stringTrainer,
  stringTraining,
  trainSteps,
} from 'exptilt'
import { type ConditionalProblem, distilConditional, fitConditional, type Pair } from 'exptilt/systems'

const [GIVEN, LENGTH, MOTIFS] = [2, 12, ['10111', '01000']] as const
const alphabet = { symbols: ['0', '1'] }
const contexts = Array.from({ length: 2 ** GIVEN }, (_, i) => i.toString(2).padStart(GIVEN, '0'))
const motifOf = (context: string): string => MOTIFS[[...context].filter((bit) => bit === '1').length % 2] ?? ''

const processes = new Map<string, automata.Pfsa>(
  MOTIFS.map((motif) => {
    const wanted = right(automata.motifAutomaton(motif)(alphabet.symbols))
    const noise = right(automata.whiteNoise(LENGTH)(alphabet.symbols))
    return [motif, right(automata.condition(wanted)(noise)).pfsa] as const
  }),
)
const processOf = (context: string) =>
  processes.get(motifOf(context)) ?? right(automata.whiteNoise(LENGTH)(alphabet.symbols))
/** Contexts with strings of their processes, `each` for every context. */
const drawn = (k: Key, each: number): readonly string[] =>
  contexts.flatMap((context, i) =>
    automata
      .sampleTexts(right(automata.sample({ key: foldIn(k, i), count: each })(processOf(context))))
      .map((x) => context + x),
  )

/** Rows of a context and its string, with the end. */
const TIME = GIVEN + LENGTH + 1
const rowsOf = (texts: readonly string[]) => right(encodeStrings(alphabet, TIME)(texts))
const size = { symbols: 3, hidden: 48, layers: 1 }
const executor = await run(openExecutor('cpu'))
const runtime = languageRuntime(executor, lstmAutoregressive(size, TIME), { batch: 256, end: 2 })
const trainer = stringTrainer(executor, { size, batch: 64, dropout: 0, learningRate: 0.01, clip: 1 })
const signal = new AbortController().signal

const [training, validation, test] = [drawn(key(1), 80), drawn(key(2), 40), drawn(key(3), 200)]
const fitLstm = async (k: Key, texts: readonly string[], epochs: number) => {
  const rows = { key: k, training: rowsOf(texts), validation: rowsOf(validation), epochs, signal }
  const course = await run(stringTraining(runtime, trainer, rows))
  return (await run(trainSteps(course)(startSteps(initialiseLstm(size)(k), 10)))).best
}
type Lstm = Awaited<ReturnType<typeof fitLstm>>

const r = await fitLstm(key(4), training, 30)
const bitsOf = (row: Int32Array): string => Array.from(row).join('').slice(GIVEN).replace(/2.*$/, '')
const baseOf = (parameters: Lstm) => (context: string) =>
  languageBase(runtime, parameters, { length: TIME, prefix: rowsOf([context]).tokens.slice(0, GIVEN) })
const absence = energy.indicators<Int32Array>(MOTIFS, (row) =>
  MOTIFS.map((motif) => (bitsOf(row).includes(motif) ? 0 : 1)),
)
const problem: ConditionalProblem<string, Int32Array> = {
  base: baseOf(r),
  features: () => absence,
  encode: (context) => Array.from(context, (bit) => 2 * Number(bit) - 1),
}
const pairsOf = (texts: readonly string[]): readonly Pair<string, Int32Array>[] =>
  texts.map((text) => ({ context: text.slice(0, GIVEN), thing: rowsOf([text]).tokens }))

/** λ(C) with so many hidden units, and what is drawn by it. */
const tiltBy = async (hidden: number) => {
  const how = { executor, key: key(5), hidden, learningRate: 0.03, batch: 64, draws: 512, precision: 0.01 }
  const fit = fitConditional<string, Int32Array>({ ...how, epochs: 60, patience: 10 })
  const gam = await run(fit(problem, pairsOf(training), pairsOf(validation)))
  const lambda = await run(gam.lambda(contexts))
  const samples = await run(distilConditional({ key: key(6), each: 800, budget: 1e6, batch: 1024 })(gam)(contexts))
  gam.release()
  return { lambda, texts: samples.map(({ context, thing }) => context + bitsOf(thing)) }
}
const [straight, tilt] = [await tiltBy(0), await tiltBy(12)]
const pi = await fitLstm(key(7), [...tilt.texts, ...training], 30)

/** The share of texts with the motif of their context. */
const share = (texts: readonly string[]): number =>
  texts.filter((text) => text.slice(GIVEN).includes(motifOf(text.slice(0, GIVEN)))).length / texts.length
const samplesOf = async (parameters: Lstm): Promise<readonly string[]> => {
  const texts = contexts.map(async (context, i) =>
    (await run(baseOf(parameters)(context).sample(foldIn(key(8), i), 100))).map((row) => context + bitsOf(row)),
  )
  return (await Promise.all(texts)).flat()
}
/** Nats a symbol of the test strings given their contexts, the end counted. */
const costOf = async (parameters: Lstm): Promise<number> => {
  const scores = await run(runtime.score(parameters, rowsOf(test), GIVEN))
  return -scores.reduce((a, b) => a + b, 0) / (test.length * (LENGTH + 1))
}
const entropies = contexts.map((context) => right(automata.pathEntropy(processOf(context))).value / (LENGTH + 1))

export const answer = {
  lambda: { even: tilt.lambda[0], odd: tilt.lambda[1] },
  motif: {
    r: share(await samplesOf(r)),
    linear: share(straight.texts),
    tilt: share(tilt.texts),
    pi: share(await samplesOf(pi)),
  },
  nats: { process: entropies.reduce((a, b) => a + b, 0) / contexts.length, r: await costOf(r), pi: await costOf(pi) },
}
runtime.release()
trainer.release()
console.log(answer)
