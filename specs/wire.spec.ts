/** Programs as data: what is read is the program itself, node by node; data that are no program are refused in words. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import type { Program } from '../lib/executor.ts'
import { input, inputOf, literal } from '../lib/ops/layout.ts'
import { add, exp, multiply, scale } from '../lib/ops/pointwise.ts'
import { inputKey } from '../lib/ops/random.ts'
import { lstmInputs, lstmLoss } from '../lib/models/lstm.ts'
import { prefillProgram, stepProgram } from '../lib/models/language-programs.ts'
import { transformer } from '../lib/models/transformer.ts'
import { adam, chain, clipByGlobalNorm, trainingProgram } from '../lib/optimise/index.ts'
import { outputs, program } from '../lib/program.ts'
import { decodeProgram, encodeProgram } from '../lib/wire.ts'
import { left, right } from './either.ts'

const n = axis('n', 3)

/** There and back through what messages between threads go through. */
const returned = (sent: Program): Program => right(decodeProgram(structuredClone(encodeProgram(sent))))

const size = { symbols: 3, hidden: 4, layers: 2 }

const lstmTraining = (): Program => {
  const parameters = lstmInputs(size)
  return trainingProgram<string>({
    parameters,
    loss: lstmLoss(size, parameters, { batch: 2, time: 3, dropout: 0.5 }),
    optimiser: chain(clipByGlobalNorm(1), adam(0.1)),
  })
}

const small = transformer({
  symbols: 5,
  context: 8,
  model: 8,
  layers: 2,
  heads: 2,
  feedForward: 16,
  begin: 0,
  positions: 'learned',
  norm: 'pre',
  activation: 'gelu',
  tied: true,
})

const programs: Readonly<Record<string, () => Program>> = {
  'a training step of an LSTM': lstmTraining,
  'a step of sampling from a transformer, whose caches grow': () =>
    stepProgram(small, { batch: 2, time: 4, decoding: {} }),
  'the filling of its caches': () => prefillProgram(small, { batch: 2, time: 4 }),
}

describe('a program that was sent', () => {
  it.each(Object.entries(programs))('is the same one: %s', (_name, make) => {
    const sent = make()
    const found = returned(sent)
    expect(Object.keys(found.state)).toEqual(Object.keys(sent.state))
    expect(Object.keys(found.outputs)).toEqual(Object.keys(sent.outputs))
    for (const [name, { input: read, next, at }] of Object.entries(sent.state)) {
      expect(found.state[name]?.input).toBe(read)
      expect(found.state[name]?.next).toBe(next)
      expect(found.state[name]?.at).toBe(at)
    }
    for (const [name, x] of Object.entries(sent.outputs)) expect(found.outputs[name]).toBe(x)
    expect(found.guard?.states).toEqual(sent.guard?.states)
  })

  it('has its own copies of literal values', () => {
    const data = Float64Array.of(1, -0, Number.NaN)
    const { x } = returned(outputs({ x: literal(data, n) })).outputs
    expect(x?.attrs['data']).toEqual(data)
    expect(x?.attrs['data']).not.toBe(data)
  })
})

describe('data that are no program', () => {
  const whole = (): Program =>
    program({ s: input('s', n) }, { s: scale(2)(input('s', n)) }, { y: add(input('s', n), exp(input('x', n))) })
  const broken = (change: (wire: ReturnType<typeof encodeProgram>) => unknown): string => {
    const found = left(decodeProgram(change(encodeProgram(whole()))))
    return `${found.tag}: ${found.what}`
  }

  it('are refused, and say why', () => {
    expect(E.isRight(decodeProgram(encodeProgram(whole())))).toBe(true)
    expect(left(decodeProgram('rm -rf')).tag).toBe('Format')
    expect(
      broken(({ nodes, ...rest }) => ({ ...rest, nodes: nodes.map((node) => ({ ...node, op: 'constructor' })) })),
    ).toContain('Format')
    // An argument that comes after its user; an output that is no node; other axes than the operation takes.
    expect(broken(({ nodes, ...rest }) => ({ ...rest, nodes: [...nodes].reverse() }))).toContain('Index')
    expect(broken((wire) => ({ ...wire, outputs: [{ name: 'y', node: 99 }] }))).toContain('Index')
    const sent = encodeProgram(outputs({ y: multiply(input('a', n), input('b', n)) }))
    const axes = [{ record: { name: 'n', size: 2 } }]
    const narrow = sent.nodes.map((x) => (x.attrs['name'] === 'b' ? { ...x, attrs: { ...x.attrs, axes } } : x))
    expect(left(decodeProgram({ ...sent, nodes: narrow })).tag).toBe('Shape')
  })

  it('do not reach what operations inherit', () => {
    const sent = encodeProgram(outputs({ y: exp(input('x', n)) }))
    for (const op of ['__proto__', 'toString', ''])
      expect(left(decodeProgram({ ...sent, nodes: sent.nodes.map((node) => ({ ...node, op })) })).tag).toBe('Format')
  })
})

it('keys and whole numbers are inputs like others', () => {
  const sent = outputs({ k: inputKey('key'), i: inputOf('i32')('i', n) })
  expect(returned(sent).outputs['k']).toBe(sent.outputs.k)
  expect(returned(sent).outputs['i']).toBe(sent.outputs.i)
})
