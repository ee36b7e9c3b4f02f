/**
 * Sampling from a language model line by line (see `Lines`): one run of a program draws a whole line, and nothing is read
 * back before the last. The tokens are those of the steps for the same key, up to the rounding of the logits.
 */
import { axis } from '../axis.ts'
import type { Run } from '../effect.ts'
import { stopIfAborted } from '../effect.ts'
import type { Feeds, Program } from '../executor.ts'
import type { Tensor, Expr } from '../expr.ts'
import { fold } from '../key.ts'
import { categorical, drawnByBlocks, logProbabilityAt } from '../ops/categorical.ts'
import { input, inputOf, reorder } from '../ops/layout.ts'
import { add, constant, constantOf, greaterEqual, log, negate, where } from '../ops/pointwise.ts'
import { inputKey, uniform } from '../ops/random.ts'
import { argmax } from '../ops/reduce.ts'
import { select } from '../ops/slice.ts'
import { program } from '../program.ts'
import type { Autoregressive, DrawAt, Lines } from './autoregressive.ts'
import { type Decoding, decoded, decodingName, temperatureFeeds, temperatureOf } from './decoding.ts'
import type { Drawer } from './language-drawer.ts'
import { givenTokens } from './language-drawer.ts'
import { fromZero, inputsOf } from './language-programs.ts'
import type { Language } from './language-score.ts'
import { parameterInputs, prefixed, withState } from './parameters.ts'
import { apart, joinedPlaces, placeOf } from './places.ts'

/** A program's shape, how it draws, and whether some tokens are given. */
interface LineShape {
  readonly batch: number
  readonly decoding: Decoding
  readonly prefixed: boolean
}

type Row = Tensor<'batch' | '1', 'i32'>
type Logits = Tensor<'batch' | 'symbol' | '1'>

const indices = (n: number): readonly number[] => Array.from({ length: n }, (_, i) => i)

/**
 * Draws one line. State: the parameters (which stay), `line/…` (replaced), `tokens` and `scores` [line, place, batch] (grow at
 * `line`; log q in nats, 0 for given tokens). Feeds: `line`, `temperature` (unless it is 1), `keyP` for every place P, and `given`
 * [place, batch] where tokens are given (−1 to draw).
 */
const lineProgram = (model: Autoregressive, lines: Lines, shape: LineShape): Program => {
  const [batch, place] = [axis('batch', shape.batch), axis('place', lines.length)]
  const symbol = axis('symbol', model.symbols)
  const many = axis('line', Math.ceil(model.context / lines.length))
  const parameters = parameterInputs(model.parameters)
  const held = inputsOf('line/', lines.remembered(shape.batch))
  const line = inputOf('i32')('line')
  const given = inputOf('i32')('given', place, batch)
  const uniforms: Logits = joinedPlaces(indices(place.size).map((p) => uniform(inputKey(`key${p}`))(batch, symbol)))
  const noise = negate(log(negate(log(uniforms))))
  const [logits, tokens]: [Logits[], Row[]] = [[], []]
  const draw: DrawAt = (p, at) => {
    const law: Logits = decoded(symbol, shape.decoding, temperatureOf(shape.decoding))(at)
    const free: Row = drawnByBlocks(symbol)
      ? categorical(symbol)(inputKey(`key${p}`), batch)(law)
      : argmax(symbol)<'batch' | '1'>(add(law, placeOf(noise, p, place.size)))
    const told = select(place, p)(given)
    const token: Row = shape.prefixed ? where(greaterEqual(told, constantOf('i32', 0)), told, free) : free
    logits.push(at)
    tokens.push(token)
    return token
  }
  const next = lines.line(parameters, fromZero(line, held), draw)
  const all = apart(joinedPlaces(tokens), place)
  const each = apart(joinedPlaces(logits), place)
  const logs = logProbabilityAt(symbol)(each, all)
  const scores = shape.prefixed ? where(greaterEqual(given, constantOf('i32', 0)), constant(0), logs) : logs
  const frozen = parameters
  const grows = { tokens: inputOf('i32')('tokens', many, place, batch), scores: input('scores', many, place, batch) }
  return program<string, string>(
    withState<Expr>(frozen, { ...prefixed('line/', held), ...grows }),
    { ...frozen, ...prefixed('line/', next), tokens: all, scores: reorder(['place', 'batch'])(scores) },
    {},
    { tokens: line, scores: line },
  )
}

/** Draws by lines. */
export const lineDrawer = async (
  run: Run,
  { model, store, batch }: Language,
  lines: Lines,
  { decoding, prefixed: some }: Omit<LineShape, 'batch'>,
): Promise<Drawer> => {
  const name = `lines ${some ? 'after ' : ''}${decodingName(decoding)}`
  const make = (): Program => lineProgram(model, lines, { batch, decoding, prefixed: some })
  const memory = await run(store.prepared(name, make))
  return {
    memory,
    draw: async (go, { key, prefix, length, decoding: own, signal }) => {
      for (let line = 0; line * lines.length < length; line++) {
        if (signal !== undefined) stopIfAborted(signal)
        const places = indices(lines.length).map((p) => line * lines.length + p)
        const keys = places.map((at, p): [string, Uint32Array] => [`key${p}`, Uint32Array.from(fold(key, at))])
        const given = (): Int32Array => {
          const all = new Int32Array(lines.length * batch)
          places.forEach((at, p) => {
            all.set(givenTokens(prefix, at, batch), p * batch)
          })
          return all
        }
        const feeds: Feeds = {
          ...Object.fromEntries(keys),
          line: Int32Array.of(line),
          ...temperatureFeeds(own),
          ...(some ? { given: given() } : {}),
        }
        await go(memory.run(feeds, []))
      }
      return length
    },
  }
}
