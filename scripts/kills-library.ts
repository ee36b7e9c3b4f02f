/**
 * A program of the library whose shards the workers of a queue do, for `npm run kills`: `FOLDER --on URL`. Rows of a model are drawn and
 * scored, and log Z of a tilt of it estimated from them; `results.json` in the folder has what came of it.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { at } from '../lib/at.ts'
import { exactJson } from '../lib/codec/exact-json.ts'
import { logPartition, weigh } from '../lib/energy/index.ts'
import { key } from '../lib/key.ts'
import { languageRuntime } from '../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../lib/models/lstm-autoregressive.ts'
import { openOnnx } from '../lib/onnx.ts'
import { openQueue } from '../lib/scale/queue/giver.ts'
import { queueUrl } from '../lib/scale/queue/url.ts'
import { right, run } from '../specs/either.ts'

const [folder = '', , url = ''] = process.argv.slice(2)
const note = (line: string): void => void process.stderr.write(`${line}\n`)
const executor = await run(openOnnx())
const { lanes, release } = await run(openQueue({ on: right(queueUrl(url)), kind: 'onnx', note }))
const model = lstmAutoregressive({ symbols: 6, hidden: 32, layers: 1 }, 40)
const runtime = languageRuntime({ ...executor, lanes }, model, { batch: 256 })
const parameters = model.initialise(key(1))
const rows = await run(runtime.sample(parameters, { key: key(2), count: 4096, length: 40 }))
const scores = await run(runtime.score(parameters, rows))
const sums = Float64Array.from({ length: rows.count }, (_, i) =>
  rows.tokens.subarray(i * rows.time, (i + 1) * rows.time).reduce((n, token) => n + Number(token === 0), 0),
)
const found = logPartition(right(weigh(sums.map((n) => 0.1 * n))))
mkdirSync(folder, { recursive: true })
const drawn = {
  tokens: Array.from(rows.tokens.subarray(0, 4000)),
  scores: Array.from({ length: rows.count }, (_, i) => at(scores, i)),
}
writeFileSync(join(folder, 'results.json'), exactJson({ logPartition: found, drawn }))
runtime.release()
release()
executor.release()
