/** The table of operations: complete, and every operation has a domain, a meaning and well-formed results. */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../lib/axis.ts'
import { key } from '../../lib/key.ts'
import { operations } from '../../lib/ops/table.ts'
import { domains, sample, small, valuesOf } from '../domains.ts'

const names = [...operations.keys()]

describe('operations', () => {
  it('every operation has a domain and no domain is left over', () => {
    expect(Object.keys(domains).sort()).toEqual([...names].sort())
  })

  it('names are unique and in snake case', () => {
    expect(names.filter((name) => !/^[a-z0-9_]+$/.test(name))).toEqual([])
    expect(new Set(names).size).toBe(names.length)
  })

  it('every operation has a meaning: a reference, a definition, or a place where executors feed it', () => {
    const without = [...operations.values()].filter((op) => op.reference === undefined && op.definition === undefined)
    expect(without.map((op) => op.name).sort()).toEqual(['argument', 'input', 'part'])
  })

  it.each(names)('%s: domains make nodes of the operation whose values fill their types', (name) => {
    for (let seed = 0; seed < 15; seed++) {
      const s = sample(name, key(seed), { ...small, sizes: [0, 1, 2, 3], values: seed % 2 === 0 ? 'smooth' : 'edge' })
      expect(s.node.op.name).toBe(name)
      const values = valuesOf(s.results, s.inputs)
      expect(values.map((v) => v.length)).toEqual(s.results.map((r) => sizeOf(r.types[0]?.axes ?? [])))
    }
  })
})
