/** An n-gram model as a base distribution of strings of symbols: exact ancestral samples and exact log-probabilities. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Base } from '../energy/base.ts'
import { cumulative, fineUniforms, invert } from '../energy/uniform.ts'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { type Ngram, ngramLogProbability, properNgram } from './ngram.ts'

/** How long a string may become. */
interface NgramBaseOptions {
  /** A sample that reaches this many symbols is a failure; 100 000 unless given. */
  readonly longest?: number
}

const BLOCK = 64

const endless = (longest: number): Failure =>
  failure(
    'Limit',
    `a sample has ${longest} symbols and goes on`,
    'allow a greater length, or use a model that ends sooner',
    {
      longest,
    },
  )

type Rows = readonly ((u: number) => number)[]

const drawRows = ({ histories, alphabet, logProbabilities }: Ngram): Rows => {
  const width = alphabet.length + 1
  return histories.map((_, state) =>
    invert(cumulative(logProbabilities.subarray(state * width, (state + 1) * width).map(Math.exp))),
  )
}

const drawOne = (
  { alphabet, next }: Ngram,
  rows: Rows,
  key: Key,
  longest: number,
): E.Either<Failure, readonly string[]> => {
  const out: string[] = []
  let state = 0
  let uniforms = fineUniforms(fold(key, 0), BLOCK)
  for (let t = 0; t < longest; t++) {
    if (t > 0 && t % BLOCK === 0) uniforms = fineUniforms(fold(key, t / BLOCK), BLOCK)
    const symbol = at(rows, state)(at(uniforms, t % BLOCK))
    if (symbol === alphabet.length) return E.right(out)
    out.push(at(alphabet, symbol))
    state = at(next, state * alphabet.length + symbol)
  }
  return E.left(endless(longest))
}

/**
 * The model, made proper, as a base: string i of a sample is drawn with child i of the key. `Domain` for a symbol that
 * the model lacks, `Limit` for a sample that does not end.
 *
 * @example
 * const text = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * ngramBase(right(ngram(right(parseArpa(text))))).logProbability([['a', 'b'], []]) // => [-3.46574, -1.38629]
 */
export const ngramBase = (given: Ngram, { longest = 100_000 }: NgramBaseOptions = {}): Base<readonly string[]> => {
  const model = properNgram(given)
  const rows = drawRows(model)
  const score = ngramLogProbability(model)
  return {
    sample: (key, n) =>
      TE.fromEither(
        E.traverseArray((i: number) => drawOne(model, rows, fold(key, i), longest))(
          Array.from({ length: n }, (_, i) => i),
        ),
      ),
    logProbability: (strings) =>
      TE.fromEither(E.map((logs: readonly number[]) => Float64Array.from(logs))(E.traverseArray(score)(strings))),
  }
}
