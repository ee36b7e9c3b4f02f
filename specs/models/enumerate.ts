/** Every row that a small model can sample, and small runtimes on the reference. */
import { type Alphabet, encodeStrings, type TokenRows } from '../../lib/data/strings.ts'
import type { Executor } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { initialiseLstm, type LstmParameters, type LstmSize } from '../../lib/models/lstm.ts'
import { type LanguageRuntime, languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { reference } from '../../lib/reference.ts'
import { type StringTrainer, stringTrainer } from '../../lib/train/strings.ts'
import { right } from '../either.ts'

/** All texts of at most `length` symbols, the shortest first. */
export const textsUpTo = ({ symbols }: Alphabet, length: number): readonly string[] => {
  const levels = [['']]
  for (let n = 0; n < length; n++) levels.push((levels.at(-1) ?? []).flatMap((s) => symbols.map((a) => s + a)))
  return levels.flat()
}

/** Rows of texts, `time` symbols each; a text of `time` symbols is a row that was cut. */
export const rowsOfTexts = (alphabet: Alphabet, time: number, texts: readonly string[]): TokenRows =>
  right(encodeStrings(alphabet, time)(texts))

/** Parameters wide enough to leave the linear range, so that strings differ much in probability. */
export const wideParameters = (size: LstmSize, seed: number): LstmParameters =>
  Object.fromEntries(
    Object.entries(initialiseLstm(size)(key(seed))).map(([name, data]) => [name, data.map((w) => 3 * w)]),
  )

/** A runtime on the reference; `batch` rows are sampled and scored at once. */
export const smallRuntime = (
  size: LstmSize,
  { batch }: { readonly batch: number },
  executor: Executor = reference,
): LanguageRuntime => languageRuntime(executor, lstmAutoregressive(size, 64), { batch, end: size.symbols - 1 })

/** A trainer on the reference. */
export const smallTrainer = (
  size: LstmSize,
  step: { readonly batch?: number; readonly dropout?: number; readonly learningRate?: number } = {},
): StringTrainer => stringTrainer(reference, { size, batch: 16, dropout: 0, learningRate: 1e-2, clip: 0.25, ...step })
