/** Expressions: interning, weak references, order, substitution, printing, and depth. */
import { setTimeout } from 'node:timers/promises'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import {
  apply,
  type Attribute,
  axesOf,
  definitionOf,
  type Expr,
  internedCount,
  type Op,
  print,
  substitute,
  type Tensor,
  topological,
  typeOf,
} from '../lib/expr.ts'
import { gradient } from '../lib/grad.ts'
import { key } from '../lib/key.ts'
import { contract } from '../lib/ops/contract.ts'
import { input, literal, reorder } from '../lib/ops/layout.ts'
import { add, constant, exp, multiply, scale, tanh } from '../lib/ops/pointwise.ts'
import { logSoftmax, sum } from '../lib/ops/reduce.ts'
import { scan } from '../lib/ops/scan.ts'
import { randomProgram } from './arbitraries/graphs.ts'
import { rootsOf } from '../lib/executor.ts'
import { evaluate } from '../lib/reference.ts'
import { collectGarbage } from './memory.ts'
import { declared } from '../lib/phantom.ts'

const [n, m] = [axis('n', 3), axis('m', 2)]
const x = input('x', n)
const note: Op = { name: 'note', kind: 'kernel', types: () => [{ axes: [], dtype: 'f32' }] }

describe('interning', () => {
  it('the same operation on the same arguments is the same node', () => {
    expect(exp(add(x, constant(1)))).toBe(exp(add(input('x', axis('n', 3)), constant(1))))
    expect(input('x', n)).not.toBe(input('x', axis('n', 4)))
    expect(add(x, input('y', n))).not.toBe(add(input('y', n), x))
  })

  const attributes: fc.Arbitrary<Attribute> = fc.letrec<{ readonly any: Attribute }>((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.double(),
      fc.string(),
      fc.array(tie('any'), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'name', '__c'), tie('any'), { maxKeys: 3 }),
    ),
  })).any

  test.prop([attributes, attributes], { seed: 21, numRuns: 300 })(
    'nodes with attributes of the same meaning are the same, others are not',
    (a, b) => {
      expect(apply(note, { a })).toBe(apply(note, { a }))
      const same = Object.is(a, b) || JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
      expect(apply(note, { a }) === apply(note, { a: b })).toBe(same)
    },
  )

  it('tells 0 from −0, NaN from numbers, arrays by identity', () => {
    expect(constant(0)).not.toBe(constant(-0))
    expect(constant(Number.NaN)).toBe(constant(Number.NaN))
    const data = Float64Array.of(1, 2, 3)
    expect(literal(data, n)).toBe(literal(data, n))
    expect(literal(data, n)).not.toBe(literal(data.slice(), n))
  })

  it('nodes are frozen', () => {
    expect([Object.isFrozen(x), Object.isFrozen(x.args), Object.isFrozen(x.attrs)]).toEqual([true, true, true])
  })

  it('holds weak references: what nobody refers to is collected, and what somebody does stays the same', async () => {
    const kept = exp(scale(3)(x))
    const crowd = (): WeakRef<Expr>[] =>
      Array.from({ length: 5_000 }, (_, i) => new WeakRef<Expr>(constant(1_000_000 + i)))
    const before = internedCount()
    const refs = crowd()
    expect(internedCount()).toBe(before + 5_000)
    for (let round = 0; round < 20 && internedCount() > before + 500; round++) {
      await setTimeout(20)
      collectGarbage()
    }
    expect(internedCount()).toBeLessThanOrEqual(before + 500)
    expect(refs.filter((r) => r.deref() !== undefined).length).toBeLessThanOrEqual(500)
    expect(exp(scale(3)(x))).toBe(kept)
  })
})

/** JSON with sorted keys, NaN and −0 told apart. */
const sorted = (a: Attribute): unknown => {
  if (typeof a === 'number') return `n${Object.is(a, -0) ? '-0' : a}`
  if (typeof a === 'string') return `s${a}`
  if (Array.isArray(a)) return a.map(sorted)
  const entries: readonly (readonly [string, Attribute])[] = Object.entries(a)
  return ['record', ...[...entries].sort(([p], [q]) => (p < q ? -1 : 1)).map(([name, value]) => [name, sorted(value)])]
}

describe('graphs', () => {
  test.prop([fc.nat(1e6)], { seed: 22, numRuns: 60 })(
    'the order has arguments before users, each node once, and only what is reached',
    (seed) => {
      const roots = rootsOf(randomProgram(key(seed), 30).program)
      const order = topological(roots)
      const place = new Map(order.map((node, i) => [node, i]))
      expect(place.size).toBe(order.length)
      order.forEach((node, i) => {
        for (const a of node.args) expect(place.get(a) ?? Number.NaN).toBeLessThan(i)
      })
      const used = new Set([...roots, ...order.flatMap((node) => node.args)])
      expect(order.filter((node) => !used.has(node))).toEqual([])
    },
  )

  test.prop([fc.nat(1e6)], { seed: 23, numRuns: 60 })(
    'substitution of nothing changes nothing, and an input for another and back too',
    (seed) => {
      const roots = rootsOf(randomProgram(key(seed), 30).program)
      expect(substitute(roots, () => undefined)).toEqual(roots)
      const swapped = (from: Expr, to: Expr) => (rs: readonly Expr[]) =>
        substitute(rs, (node) => (node === from ? to : undefined))
      const found = topological(roots).find((node) => node.op.name === 'input')
      if (found === undefined) return
      const other = input('other', ...axesOf(found))
      const there = swapped(found, other)(roots)
      expect(topological(there)).not.toContain(found)
      swapped(
        other,
        found,
      )(there).forEach((root, i) => {
        expect(root).toBe(roots[i])
      })
    },
  )

  it('a substituted leaf is not walked past', () => {
    const y = exp(x)
    expect(topological([tanh(y)], new Set([y]))).toEqual([y, tanh(y)])
    expect(typeOf(y)).toEqual({ axes: [n], dtype: 'f32' })
  })
})

describe('definitions', () => {
  it('are written in terms of exactly their arguments, a change of storage order among them', () => {
    const [a, b] = [axis('a', 2), axis('b', 3)]
    const fused: Op = {
      name: 'definitions_spec',
      kind: 'kernel',
      types: (_attrs, [x]) => (x === undefined ? [] : [x]),
      definition: (_attrs, [x]) => (x === undefined ? [] : [exp(reorder(['a', 'b'])(declared<string, 'f32'>(x)))]),
    }
    const turned: Tensor<'a' | 'b' | '1'> = reorder(['b', 'a'])(input('definitions', a, b))
    const node = apply(fused, {}, turned)
    const [meaning] = definitionOf(fused, {}, [turned]) ?? []
    expect(meaning === undefined ? [] : topological([meaning], new Set([turned]))).toContain(turned)
    const data = Float64Array.of(0, 1, 2, 3, 4, 5)
    const [whole] = evaluate([node], new Map([[input('definitions', a, b), data]]))
    expect(whole?.data).toEqual(data.map(Math.exp))
    const slope = gradient(sum(a)(sum(b)(declared<'a' | 'b' | '1', 'f32'>(node))), { x: turned }).x
    const [value] = evaluate([reorder(['a', 'b'])(slope)], new Map([[input('definitions', a, b), data]]))
    expect(value?.data).toEqual(data.map(Math.exp))
  })
})

describe('printing', () => {
  it('lists one node a line', () => {
    const w = input('w', n, m)
    expect(`\n${print(sum(m)(logSoftmax(m)(contract(n)(x, w))))}\n`).toMatchInlineSnapshot(`
      "
      %0 = input() name=x axes=[n=3] dtype=f32 : f32[n=3]
      %1 = input() name=w axes=[n=3 m=2] dtype=f32 : f32[n=3, m=2]
      %2 = contract(%0, %1) over=[n] semiring=real : f32[m=2]
      %3 = log_softmax(%2) over=[m] : f32[m=2]
      %4 = sum(%3) over=[m] : f32[]
      "
    `)
  })

  it('shows loops with their body, and gradients like anything else', () => {
    const { carry } = scan(n)({ h: constant(0) }, { x }, ({ h }, at) => ({
      carry: { h: tanh(add(multiply(h, constant(0.5)), at.x)) },
      out: {},
    }))
    expect(`\n${print(carry.h)}\n`).toMatchInlineSnapshot(`
      "
      %0 = constant() value=0 dtype=f32 : f32[]
      %1 = input() name=x axes=[n=3] dtype=f32 : f32[n=3]
      %2 = scan(%0, %1) axis=n=3 reverse=0 depth=1 carries=1 sequences=1 outputs=0 body=[<tanh>] : f32[], f32[n=3]
      %3 = part(%2) index=0 : f32[]
      "
    `)
    expect(
      `\n${print(gradient(sum(n)(multiply(exp(x), literal(Float64Array.of(1, 2, 3), n))), { x }).x)}\n`,
    ).toMatchInlineSnapshot(`
      "
      %0 = constant() value=1 dtype=f32 : f32[]
      %1 = spread(%0) axes=[n=3] : f32[n=3]
      %2 = literal() data=<3 values> axes=[n=3] dtype=f32 : f32[n=3]
      %3 = annihilate(%1, %2) : f32[n=3]
      %4 = input() name=x axes=[n=3] dtype=f32 : f32[n=3]
      %5 = exp(%4) : f32[n=3]
      %6 = annihilate(%3, %5) : f32[n=3]
      "
    `)
  })
})

describe('depth', () => {
  it('a chain of 100 000 nodes is built, ordered, substituted, differentiated and evaluated without recursion', () => {
    const s = input('s')
    let y = s
    for (let i = 0; i < 100_000; i++) y = add(y === s ? s : y, constant(1))
    const order = topological([y])
    expect(order.length).toBe(100_002)
    const other = input('other')
    expect(topological(substitute([y], (node) => (node === s ? other : undefined))).length).toBe(100_002)
    const g = gradient(y, { s }).s
    expect(evaluate([y, g], new Map([[s, Float64Array.of(2)]])).map((v) => v.data[0])).toEqual([100_002, 1])
    expect(print(g)).toContain('constant')
  })
})
