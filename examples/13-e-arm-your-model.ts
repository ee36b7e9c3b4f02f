/**
 * E-ARM added to a model of your own. Anything that gives logits of rows, and logits step by step, will do: here a table of
 * bigrams. The five lines at the trainer are all that E-ARM needs; with `lambda: 0` they train plainly, bit by bit.
 */
import { adam, type Autoregressive, axis, constantOf, equal, type Expr, foldIn, gather, input, run } from 'exptilt'
import { eArm } from 'exptilt/systems'
import { iota, key, openExecutor, pad, rename, slice, type Tensor, typed, uniforms, where } from 'exptilt'

const [context, symbol, time] = [axis('context', 4), axis('symbol', 3), axis('time', 12)]
const first = constantOf('i32', 0)
const begin = constantOf('i32', 3)
/** The row of the symbol before, along whatever axes the symbols lie: `typed` looks at the axes of the parameter. */
const logitsAfter = <A extends string>(table: Expr | undefined, previous: Tensor<A, 'i32'>) =>
  gather(context)(typed(context, symbol)(table ?? input('table', context, symbol)), previous)
const bigrams: Autoregressive = {
  symbols: 3,
  context: 12,
  parameters: { table: [context, symbol] },
  initialise: (k) => ({ table: Float32Array.from(uniforms(k, 12)) }),
  forward: ({ table }, tokens) => {
    const moved = pad(time, 1, 0)(slice(time, 0, 11)(tokens))
    const logits = logitsAfter(table, where(equal(iota(time), first), begin, moved))
    return { logits, hidden: rename(symbol, axis('model', 3))(logits), rows: {}, carried: {} }
  },
  cache: () => ({ appended: {}, carried: {} }),
  step: ({ table }, { previous, position }) => {
    const logits = logitsAfter(table, where(equal(position, first), begin, previous))
    return { logits, rows: {}, carried: {} }
  },
}

const executor = await run(openExecutor('cpu'))
const options = { ...eArm.paperOptions, lambda: 0.05, startEpoch: 0, length: 12 }
const settings = { options, batch: 32, time: 12, optimiser: adam(0.05), dropout: 0 }
const trainer = await run(eArm.eArmTrainer(executor, eArm.tokenRows(bigrams), settings))
const prepared = await run(trainer.prepared('e-arm'))
await run(prepared.writeState(bigrams.initialise(key(1))))
const tokens = Int32Array.from({ length: 384 }, (_, i) => ((i % 12) + (i % 7 === 0 ? 1 : 0)) % 3)

const losses: number[] = []
let ess = 0
for (let step = 0; step < 60; step++) {
  const feeds = { tokens, key: Uint32Array.from(foldIn(key(2), step)) }
  const found = await run(prepared.run(feeds, ['crossEntropy', 'ess']))
  losses.push(found['crossEntropy']?.data[0] ?? Number.NaN)
  ess = found['ess']?.data[0] ?? 0
}
trainer.release()
export const answer = { tokens, before: losses[0] ?? 0, after: losses.at(-1) ?? 0, ess }
console.log(executor.description, answer)
