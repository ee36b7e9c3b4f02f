/** Exported files run by a script that shares nothing with the library. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import { decodeJson } from '../../lib/codec/json.ts'
import type { OnnxFile } from '../../lib/onnx/export.ts'
import { right } from '../either.ts'

const script = fileURLToPath(new URL('../fixtures/run-onnx.mjs', import.meta.url))

const tensor = t.type({ type: t.string, dims: t.readonlyArray(t.number), data: t.readonlyArray(t.number) })
const described = t.type({ name: t.string, type: t.string, shape: t.readonlyArray(t.union([t.number, t.string])) })
const outcome = t.type({
  inputs: t.readonlyArray(described),
  outputs: t.readonlyArray(described),
  results: t.readonlyArray(t.record(t.string, tensor)),
})

/** A tensor as the script reads and writes it. */
export type ForeignTensor = t.TypeOf<typeof tensor>

/** What the script says of a model and its runs. */
export type ForeignRuns = t.TypeOf<typeof outcome>

/** Runs a file at a path on several inputs. */
export const runAt = (path: string, runs: readonly Readonly<Record<string, ForeignTensor>>[]): ForeignRuns => {
  const done = spawnSync(process.execPath, [script, path], {
    input: JSON.stringify(runs),
    encoding: 'utf8',
    timeout: 60_000,
    maxBuffer: 2 ** 28,
  })
  if (done.status !== 0) throw new Error(done.stderr)
  return right(decodeJson(outcome, 'the outputs')(done.stdout))
}

/** Runs a file in memory, its data beside it under a name. */
export const runForeign = (
  { model, data }: OnnxFile,
  runs: readonly Readonly<Record<string, ForeignTensor>>[],
  beside = 'data.bin',
): ForeignRuns => {
  const folder = mkdtempSync(join(tmpdir(), 'exptilt-'))
  try {
    if (data !== undefined) writeFileSync(join(folder, beside), data)
    writeFileSync(join(folder, 'model.onnx'), model)
    return runAt(join(folder, 'model.onnx'), runs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Rows of tokens as the script reads them. */
export const tokenTensor = (tokens: ArrayLike<number>, dims: readonly number[]): ForeignTensor => ({
  type: 'int32',
  dims,
  data: Array.from(tokens),
})
