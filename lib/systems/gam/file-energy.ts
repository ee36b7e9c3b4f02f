/**
 * The energy of a GAM as a program on tokens: E(x) = −⟨λ, φ(x)⟩ (nats), with each feature's automaton run through the row
 * by look-ups in its table, up to the symbol that ends it.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { axis } from '../../axis.ts'
import { eachArcFrom } from '../../automata/automaton.ts'
import { complete, deterministic } from '../../automata/language.ts'
import type { Feature } from '../../automata/tilt.ts'
import type { Failure } from '../../errors.ts'
import type { Program } from '../../executor.ts'
import type { Tensor } from '../../expr.ts'
import type { RowSizes } from '../../models/file-programs.ts'
import { gather } from '../../ops/gather.ts'
import { input, inputOf, literal, reorder } from '../../ops/layout.ts'
import { stack } from '../../ops/join.ts'
import { add, cast, constant, multiply, negate, scale } from '../../ops/pointwise.ts'
import { broadcast, sum } from '../../ops/reduce.ts'
import { scan } from '../../ops/scan.ts'
import { boolean } from '../../semiring.ts'
import { outputs } from '../../program.ts'

/** A feature as tables: next state by state·symbols + symbol, and its value by state. State `start` is the first. */
interface FeatureTable {
  readonly name: string
  readonly start: number
  readonly next: Float32Array
  readonly values: Float32Array
}

/**
 * The table of a feature over an alphabet and EOS, the last symbol. States come twice: reading, and after EOS, where nothing
 * moves them. Left `Automaton` for a language that is not deterministic.
 */
export const featureTable = (feature: Feature): E.Either<Failure, FeatureTable> =>
  pipe(
    feature.language,
    deterministic(boolean),
    E.map(complete),
    E.map((language) => {
      const { states } = language
      const symbols = language.alphabet.length + 1
      const next = Float32Array.from({ length: 2 * states * symbols }, (_, i) => {
        const state = Math.floor(i / symbols)
        return state < states && i % symbols === symbols - 1 ? state + states : state
      })
      for (let p = 0; p < states; p++)
        eachArcFrom(language, p, (symbol, to, present) => {
          if (present) next[p * symbols + symbol] = to
        })
      const values = Float32Array.from({ length: 2 * states }, (_, p) =>
        language.stop[p % states] === true ? feature.inside : feature.outside,
      )
      return { name: feature.name, start: Array.from(language.start).indexOf(true), next, values }
    }),
  )

type Row = Tensor<'batch' | '1'>

/** The value of a feature [batch], from the states that its table leads to. */
const valueOf = (
  table: FeatureTable,
  symbols: number,
  tokens: Tensor<'batch' | 'time' | '1', 'i32'>,
  { batch, time }: RowSizes,
): Row => {
  const [rows, cell, state] = [
    axis('batch', batch),
    axis('cell', table.next.length),
    axis('state', table.values.length),
  ]
  const start: Row = broadcast(rows)(constant(table.start))
  const next = literal(table.next, cell)
  const states = (before: Row, token: Row): Row => gather(cell)(next, cast('i32')(add(scale(symbols)(before), token)))
  const { carry } = scan(axis('time', time))({ state: start }, { token: cast('f32')(tokens) }, (before, at) => {
    const after = states(before.state, at.token)
    return { carry: { state: after }, out: { state: after } }
  })
  return gather(state)(literal(table.values, state), cast('i32')(carry.state))
}

/** What one sentence says of each value of the program. */
export const energyNotes: Readonly<Record<string, string>> = {
  tokens: 'symbols of each row, the last symbol ends it',
  features: 'φ(x): the value of each feature',
  energy: 'E(x) = −⟨λ, φ(x)⟩, nats: the model is r(x)·exp(−E(x))/Z',
}

/** energy [batch] and features [batch, feature] of `tokens` [batch, time]; `lambda` [feature] is an input. */
export const energyProgram =
  (tables: readonly FeatureTable[], symbols: number) =>
  (sizes: RowSizes): Program<never, 'energy' | 'features'> => {
    const feature = axis('feature', tables.length)
    const tokens = inputOf('i32')('tokens', axis('batch', sizes.batch), axis('time', sizes.time))
    const values = stack(feature)(...tables.map((table) => valueOf(table, symbols, tokens, sizes)))
    const features = reorder(['batch', 'feature'])(values)
    return outputs({ energy: negate(sum(feature)(multiply(features, input('lambda', feature)))), features })
  }
