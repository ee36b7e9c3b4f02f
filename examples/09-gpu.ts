/**
 * The same file on Node and on Deno, on a GPU where there is one: `npx tsx examples/09-gpu.ts`, or
 * `npx deno run --allow-all examples/09-gpu.ts`; with `--gpu` a software adapter will do, but nothing else. A power iteration whose state stays on the device between runs.
 */
import {
  axis,
  contract,
  divide,
  input,
  key,
  openExecutor,
  program,
  rename,
  run,
  sqrt,
  square,
  sum,
  uniforms,
} from 'exptilt'

const SIZE = 128
const row = axis('row', SIZE)
const column = axis('column', SIZE)

/** v ← A·v / |v|, with A symmetric; |v| tends to the largest eigenvalue. */
const matrix = input('matrix', row, column)
const vector = input('vector', column)
const length = sqrt(sum(column)(square(vector)))
const next = rename(row, column)(contract(column)(matrix, divide(vector, length)))
const iteration = program({ matrix, vector }, { matrix, vector: next }, { length })

/** A = 5·u·uᵀ + a symmetric matrix of small random entries. */
const noise = uniforms(key(1), SIZE * SIZE)
export const entries: Float32Array = Float32Array.from({ length: SIZE * SIZE }, (_, k) => {
  const [i, j] = [Math.floor(k / SIZE), k % SIZE]
  return 5 / SIZE + ((noise[i * SIZE + j] ?? 0) + (noise[j * SIZE + i] ?? 0) - 1) / SIZE
})

const executor = await run(openExecutor(process.argv.includes('--gpu') ? 'gpu' : 'auto'))
const prepared = await run(executor.prepare(iteration))
await run(prepared.writeState({ matrix: entries, vector: new Float32Array(SIZE).fill(1) }))
for (let step = 0; step < 30; step++) await run(prepared.run({}, []))
const last = await run(prepared.run({}))
prepared.release()
executor.release()

/** Near 5: the noise moves the largest eigenvalue by order 1/√SIZE at most. */
export const answer = { eigenvalue: last.length?.data[0] ?? Number.NaN, description: executor.description }
console.log(answer.description)
console.log('the largest eigenvalue is', answer.eigenvalue)
