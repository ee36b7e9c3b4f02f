/** A GPU script for Deno or Node: a million Gaussians by their law, on whatever adapter there is (`deno run -A 24-gpu-script.ts`). */
import { axis, inputKey, key, mean, normal, openExecutor, outputs, run, runAll, scalarOf, square } from 'exptilt'

const n = axis('n', 1_000_000)
const draws = normal(inputKey('key'))(n)
const executor = await run(openExecutor('auto'))
const prepared = await run(executor.prepare(outputs({ mean: mean(n)(draws), square: mean(n)(square(draws)) })))
const out = await run(runAll(prepared)({ key: Uint32Array.from(key(1)) }))
export const answer = { mean: scalarOf(out.mean), variance: scalarOf(out.square) - scalarOf(out.mean) ** 2 }
console.log(executor.description, answer)
executor.release()
