/** A model trained by Adam, from operations alone: a line through points, on whatever executor there is. */
import { adam, add, axis, initialValues, input, key, mean, multiply, openExecutor, run, runAll } from 'exptilt'
import { scalarOf, square, subtract, sum, trainingProgram, uniforms } from 'exptilt'

const [row, feature] = [axis('row', 64), axis('feature', 3)]
const parameters = { w: input('w', feature), b: input('b') }
const [x, y] = [input('x', row, feature), input('y', row)]
const predicted = add(sum(feature)(multiply(x, parameters.w)), parameters.b)
const loss = mean(row)(square(subtract(predicted, y)))

const executor = await run(openExecutor('cpu'))
const step = await run(executor.prepare(trainingProgram({ parameters, loss, optimiser: adam(0.1) })))
await run(step.writeState(initialValues(parameters, { w: 0.1, b: 0 })(key(1))))
const data = uniforms(key(2), 64 * 3)
const truth = Float64Array.from({ length: 64 }, (_, i) => 2 * (data[3 * i] ?? 0) - (data[3 * i + 2] ?? 0) + 0.5)
const losses: number[] = []
for (let i = 0; i < 300; i++) losses.push(scalarOf((await run(runAll(step)({ x: data, y: truth }))).loss))
export const answer = { first: losses[0], last: losses.at(-1), w: (await run(step.readState(['w']))).w.data }
