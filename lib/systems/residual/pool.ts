/**
 * The pool that an energy is trained on: windows of training text, and for each of them ν exact ancestral samples of the
 * base after the same prefix. It is a function of the options and the trained base, drawn once and kept on disk.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { namedArray } from '../../codec/array.ts'
import { decodeSafetensors, encodeSafetensors } from '../../codec/safetensors.ts'
import { type TokenRows, takeRows } from '../../data/strings.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold, permutation } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { nodeFileSystem } from '../../train/file-system-node.ts'
import { saveDurably } from '../../train/file-system.ts'
import { hashOf } from '../../train/provenance.ts'
import { eachShard, lanesOf, places, startsOf } from '../../scale/shards.ts'
import { fitOf, keyOf, type ResidualRun, rowsAtOnce, trainedBase } from './context.ts'
import type { Mix } from './objective.ts'
import { rowLength } from './options.ts'
import { firstTokens, joinRows, repeatedRows, sliceRows } from './sequence.ts'
import { trainedSettings } from './state.ts'
import { windows } from './text.ts'

/** Data rows, and for each in turn as many rows of noise: ν, and for dynamic NCE one more. */
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
const drawNoise = async (residual: ResidualRun, data: TokenRows, ratio: number, key: Key): Promise<TokenRows> => {
  const { run, options, services, executor } = residual
  const [base, batch, total] = [trainedBase(residual), rowsAtOnce(executor), data.count * ratio]
  const prefixes = firstTokens(data, options.chunk.prefix)
  const starts = startsOf(total, batch)
  const parts: TokenRows[] = []
  const draw = eachShard({ lanes: places(lanesOf(executor).length), signal: services.signal })(
    (_place, start: number, block) =>
      base.complete(fold(key, block), repeatedRows(prefixes, ratio, start, Math.min(total, start + batch))),
  )
  await run(
    draw(starts, (rows) => {
      parts.push(rows)
      services.progress.advance(rows.count, {})
    }),
  )
  return joinRows(parts, rowLength(options))
}

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

/** Noise that was drawn earlier in this run and kept under a name; `undefined` where there is none of `count` rows. */
export const readNoise = async (residual: ResidualRun, name: string, count: number): Promise<TokenRows | undefined> => {
  const { directory } = residual.services
  if (directory === undefined) return undefined
  const time = rowLength(residual.options)
  const found = await pipe(
    nodeFileSystem.read(join(directory, `${name}.safetensors`)),
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

const writeNoise = async (residual: ResidualRun, name: string, noise: TokenRows): Promise<void> => {
  const { run, services } = residual
  if (services.directory === undefined) return
  const tensors = { tokens: namedArray([noise.count, noise.time], noise.tokens) }
  const bytes = await run(TE.fromEither(encodeSafetensors({ metadata: { hash: hashFor(residual) }, tensors })))
  await run(saveDurably(nodeFileSystem, services.directory, `${name}.safetensors`)(bytes))
}

/** Noise under a name: `perDatum` rows for each row of data in turn, drawn with progress, and kept in the run's folder. */
export const freshNoise = async (
  residual: ResidualRun,
  name: string,
  data: TokenRows,
  perDatum: number,
  key: Key,
): Promise<TokenRows> => {
  const { progress } = residual.services
  progress.start('sampling noise', data.count * perDatum)
  const noise = await drawNoise(residual, data, perDatum, key)
  progress.end()
  await writeNoise(residual, name, noise)
  return noise
}

/** Training windows and validation rows as pools, from the noise of the one followed by that of the other. */
export const dividedPools = (training: TokenRows, validation: TokenRows, noise: TokenRows): Pools => {
  const perDatum = noise.count / (training.count + validation.count)
  const part = (data: TokenRows, from: number): Pool => ({
    data,
    noise: sliceRows(noise, from * perDatum, (from + data.count) * perDatum),
  })
  return { training: part(training, 0), validation: part(validation, training.count) }
}

/** The pools: read from the run's folder if they are there and of this run, else drawn and written. */
export const openPools = async (residual: ResidualRun): Promise<Pools> => {
  const { options, text } = residual
  const { pool, ratio } = options.energy
  const data = windows(text.forEnergies, rowLength(options), keyOf(options, 'pool'), pool)
  const both = joinRows([data, text.validation], data.time)
  const noise =
    (await readNoise(residual, 'noise', both.count * ratio)) ??
    (await freshNoise(residual, 'noise', both, ratio, keyOf(options, 'noise')))
  return dividedPools(data, text.validation, noise)
}

/** How a training goes through a pool: in rounds, each with its own share of the rows, for as many steps each. */
export interface PoolPlan {
  readonly mix: Mix
  /** Rows of noise for each datum that follow the ν·B rows: 1 for dynamic NCE. */
  readonly extra: number
  readonly rounds: number
  readonly steps: number
}

/** Steps of one round. */
export const stepsOfRound = ({ rounds, steps }: Pick<PoolPlan, 'rounds' | 'steps'>): number => Math.ceil(steps / rounds)

/** The rows of step `step`: B data rows of a fresh order at each pass over the round's rows, then their noise. */
export const poolBatches = (pool: Pool, plan: PoolPlan, key: Key): ((step: number) => Int32Array) => {
  const { mix, extra, rounds } = plan
  const [share, perDatum] = [Math.floor(pool.data.count / rounds), pool.noise.count / pool.data.count]
  const perPass = Math.max(1, Math.floor(share / mix.data))
  const [first, each] = [stepsOfRound(plan), (count: number) => mix.data * count]
  let order: { readonly of: string; readonly rows: Int32Array } = { of: '', rows: new Int32Array(0) }
  return (step) => {
    const round = Math.min(rounds - 1, Math.floor(step / first))
    const within = step - round * first
    const pass = Math.floor(within / perPass)
    const own = rounds === 1 ? key : fold(key, round)
    if (order.of !== `${round} ${pass}`)
      order = { of: `${round} ${pass}`, rows: permutation(fold(own, pass), share).map((i) => round * share + i) }
    const from = (within % perPass) * mix.data
    const picked = Int32Array.from({ length: mix.data }, (_, i) => at(order.rows, (from + i) % share))
    const noiseRow = (i: number, place: number): number => at(picked, i) * perDatum + place
    const noise = [
      ...Array.from({ length: each(mix.ratio) }, (_, i) => noiseRow(Math.floor(i / mix.ratio), i % mix.ratio)),
      ...Array.from({ length: each(extra) }, (_, i) => noiseRow(i, mix.ratio)),
    ]
    return joinRows([takeRows(pool.data, picked), takeRows(pool.noise, Int32Array.from(noise))], pool.data.time).tokens
  }
}
