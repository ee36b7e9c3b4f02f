/**
 * The pool that an energy is trained on: windows of training text, and for each of them ν exact ancestral samples of the
 * base after the same prefix. It is a function of the options and the trained base, drawn once and kept on disk.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { namedArray } from '../../codec/array.ts'
import { decodeSafetensors, encodeSafetensors } from '../../codec/safetensors.ts'
import { type TokenRows, takeRows } from '../../data/strings.ts'
import { stopIfAborted } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { nodeFileSystem } from '../../train/file-system-node.ts'
import { saveDurably } from '../../train/file-system.ts'
import { permutation } from '../../train/loop.ts'
import { hashOf } from '../../train/provenance.ts'
import { fitOf, keyOf, type ResidualRun, rowsAtOnce, trainedBase } from './context.ts'
import type { Mix } from './objective.ts'
import { rowLength } from './options.ts'
import { firstTokens, joinRows, repeatedRows } from './sequence.ts'
import { trainedSettings } from './state.ts'
import { windows } from './text.ts'

/** Data rows, and ν rows of noise for each in turn. */
export interface Pool {
  readonly data: TokenRows
  readonly noise: TokenRows
}

/** A training pool and a validation pool. */
export interface Pools {
  readonly training: Pool
  readonly validation: Pool
}

/** `ratio` samples of the base after each row's prefix, batch by batch. */
export const drawNoise = async (
  residual: ResidualRun,
  data: TokenRows,
  ratio: number,
  key: Key,
): Promise<TokenRows> => {
  const { run, options, services, executor } = residual
  const [base, batch, total] = [trainedBase(residual), rowsAtOnce(executor), data.count * ratio]
  const prefixes = firstTokens(data, options.chunk.prefix)
  const parts: TokenRows[] = []
  for (let start = 0, block = 0; start < total; start += batch, block++) {
    stopIfAborted(services.signal)
    const end = Math.min(total, start + batch)
    parts.push(await run(base.complete(fold(key, block), repeatedRows(prefixes, ratio, start, end))))
    services.progress.advance(end - start, {})
  }
  return joinRows(parts, rowLength(options))
}

const FILE = 'noise.safetensors'

const sumOf = (parameters: Parameters): string =>
  Object.entries(parameters)
    .map(([name, data]) => `${name}:${data.reduce((a, b) => a + b, 0)}`)
    .join()

/** What the noise depends on, as a hash: options, base parameters, executor. */
const hashFor = (residual: ResidualRun): string =>
  pipe(
    hashOf({
      settings: trainedSettings(residual.options),
      base: sumOf(fitOf(residual, 'base').best),
      executor: residual.executor.description,
    }),
    E.getOrElse(() => ''),
  )

const readNoise = async (residual: ResidualRun, count: number): Promise<TokenRows | undefined> => {
  const { directory } = residual.services
  if (directory === undefined) return undefined
  const time = rowLength(residual.options)
  const found = await pipe(
    nodeFileSystem.read(join(directory, FILE)),
    TE.chainEitherK(
      (bytes): E.Either<Failure, TokenRows | undefined> =>
        pipe(
          decodeSafetensors(bytes),
          E.map(({ metadata, tensors }) => {
            const data = tensors['tokens']?.data
            return metadata['hash'] === hashFor(residual) && data instanceof Int32Array && data.length === count * time
              ? { tokens: data, count, time }
              : undefined
          }),
        ),
    ),
  )()
  return E.isRight(found) ? found.right : undefined
}

const writeNoise = async (residual: ResidualRun, noise: TokenRows): Promise<void> => {
  const { run, services } = residual
  if (services.directory === undefined) return
  const tensors = { tokens: namedArray([noise.count, noise.time], noise.tokens) }
  const bytes = await run(TE.fromEither(encodeSafetensors({ metadata: { hash: hashFor(residual) }, tensors })))
  await run(saveDurably(nodeFileSystem, services.directory, FILE)(bytes))
}

/** The pools: read from the run's folder if they are there and of this run, else drawn and written. */
export const openPools = async (residual: ResidualRun): Promise<Pools> => {
  const { options, text, services } = residual
  const { pool, ratio } = options.energy
  const data = windows(text.training, rowLength(options), keyOf(options, 'pool'), pool)
  const both = joinRows([data, text.validation], data.time)
  const known = await readNoise(residual, both.count * ratio)
  if (known === undefined) services.progress.start('sampling noise', both.count * ratio)
  const noise = known ?? (await drawNoise(residual, both, ratio, keyOf(options, 'noise')))
  if (known === undefined) {
    services.progress.end()
    await writeNoise(residual, noise)
  }
  const part = (rows: TokenRows, from: number): Pool => ({
    data: rows,
    noise: takeRows(
      noise,
      Int32Array.from({ length: rows.count * ratio }, (_, i) => from * ratio + i),
    ),
  })
  return { training: part(data, 0), validation: part(text.validation, pool) }
}

/** The rows of step `step`: B data rows of a fresh order at each pass over the pool, then their noise. */
export const poolBatches = (pool: Pool, mix: Mix, key: Key): ((step: number) => Int32Array) => {
  const perPass = Math.max(1, Math.floor(pool.data.count / mix.data))
  let order: { readonly pass: number; readonly rows: Int32Array } = { pass: -1, rows: new Int32Array(0) }
  return (step) => {
    const pass = Math.floor(step / perPass)
    if (order.pass !== pass) order = { pass, rows: permutation(fold(key, pass), pool.data.count) }
    const from = (step % perPass) * mix.data
    const picked = Int32Array.from({ length: mix.data }, (_, i) => order.rows[(from + i) % pool.data.count] ?? 0)
    const noise = Int32Array.from(
      { length: mix.data * mix.ratio },
      (_, i) => (picked[Math.floor(i / mix.ratio)] ?? 0) * mix.ratio + (i % mix.ratio),
    )
    return joinRows([takeRows(pool.data, picked), takeRows(pool.noise, noise)], pool.data.time).tokens
  }
}
