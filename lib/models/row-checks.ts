/**
 * Checks of rows of tokens before they reach a model, rows one by one, and lengths for which programs are made.
 */
import type { TokenRows } from '../data/strings.ts'
import { type Failure, failure, raise } from '../errors.ts'
import type { Autoregressive } from './autoregressive.ts'

/**
 * The length of the program that handles so many positions: the next multiple of an eighth of their power of two (at least
 * 8), so that few programs are made and at most a quarter of the work is for nothing; never above the context.
 */
export const programLength = (time: number, context: number): number => {
  const step = Math.max(8, 2 ** (Math.floor(Math.log2(time)) - 2))
  return Math.min(context, Math.max(1, Math.ceil(time / step)) * step)
}

/** What is wrong with rows for a model: a token outside its symbols, more positions than its context. */
export const rowsFailure = (
  { symbols, context }: Pick<Autoregressive, 'symbols' | 'context'>,
  rows: TokenRows,
): Failure | undefined => {
  const { tokens, count, time } = rows
  if (tokens.length !== count * time)
    return failure('Shape', `${tokens.length} tokens are not ${count} rows of ${time}`, 'give count·time tokens', {
      tokens: tokens.length,
    })
  if (time > context)
    return failure(
      'Shape',
      `rows of ${time} tokens are longer than the model's context of ${context}`,
      'give shorter rows, or a model with a longer context',
      { time, context },
    )
  const wrong = tokens.findIndex((token) => token < 0 || token >= symbols)
  return wrong < 0
    ? undefined
    : failure(
        'Domain',
        `token ${tokens[wrong]} in row ${Math.floor(wrong / time)} is not one of the model's ${symbols} symbols`,
        `give tokens from 0 to ${symbols - 1}`,
        { row: Math.floor(wrong / time), position: wrong % time },
      )
}

/** Rows one by one. */
export const separateRows = ({ tokens, count, time }: TokenRows): readonly Int32Array[] =>
  Array.from({ length: count }, (_, r) => tokens.slice(r * time, (r + 1) * time))

/** Some rows, [rows, time], in a table of `batch` rows of `length` positions; what is not given is 0. */
export const padded = (
  { tokens, time }: TokenRows,
  rows: { readonly start: number; readonly count: number },
  shape: { readonly batch: number; readonly time: number },
): Int32Array => {
  const table = new Int32Array(shape.batch * shape.time)
  for (let r = 0; r < rows.count; r++)
    table.set(tokens.subarray((rows.start + r) * time, (rows.start + r + 1) * time), r * shape.time)
  return table
}

/** What is wrong with a number of rows that are computed at once, if anything: of none or fewer every answer would be 0. */
export const batchFailure = (batch: number): Failure | undefined =>
  Number.isInteger(batch) && batch >= 1
    ? undefined
    : failure('Domain', `batches of ${batch} rows`, 'give a whole number from 1', { batch })

/** Throws what is wrong with a number of rows. */
export const requireBatch = (batch: number): void => {
  const wrong = batchFailure(batch)
  if (wrong !== undefined) raise(wrong)
}

/** Most tokens of all rows that are drawn together. */
const MOST_TOKENS = 2 ** 31 - 1

/** What is wrong with a number of rows to be drawn, if anything. */
export const countFailure = (count: number, length: number): Failure | undefined => {
  if (!Number.isInteger(count) || count < 0)
    return failure('Domain', `${count} rows`, 'give a whole number from 0', { count })
  return count * length <= MOST_TOKENS
    ? undefined
    : failure('Limit', `${count} rows of ${length} tokens`, `draw at most ${MOST_TOKENS} tokens at once`, {
        count,
        length,
      })
}

/** What is wrong with the symbol that ends rows, if anything. */
export const endFailure = (symbols: number, end: number | undefined): Failure | undefined =>
  end === undefined || (Number.isInteger(end) && end >= 0 && end < symbols)
    ? undefined
    : failure(
        'Domain',
        `the end ${end} is not one of the model's ${symbols} symbols`,
        `give one from 0 to ${symbols - 1}`,
        {
          end,
        },
      )
