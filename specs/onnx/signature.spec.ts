/** What the ports of a causal language model are for, by their names, types and shapes. */
import { describe, expect, it } from 'vitest'
import { type Port, signatureOf } from '../../lib/onnx/signature.ts'
import { right } from '../either.ts'

describe('signatures', () => {
  const tokens: Port = { name: 'input_ids', type: 'int64', shape: ['b', 't'] }
  const out: Port = { name: 'logits', type: 'float32', shape: ['b', 't', 9] }
  const cache = (name: string): Port => ({ name, type: 'float16', shape: ['b', 4, 'p', 32] })

  it('caches of both namings, masks, positions and the switch of merged exports', () => {
    for (const [past, present] of [
      ['past_key_values.0.key', 'present.0.key'],
      ['past_key_values.3.value', 'present_key_values.3.value'],
      ['past_key_value_0', 'present_key_value_0'],
    ] as const)
      expect(right(signatureOf([tokens, cache(past)], [out, cache(present)], {})).caches).toEqual([
        { past, present, type: 'float16', shape: [4, 'time', 32] },
      ])
    const extras: readonly Port[] = [
      { name: 'attention_mask', type: 'int64', shape: ['b', 't'] },
      { name: 'position_ids', type: 'int64', shape: ['b', 't'] },
      { name: 'use_cache_branch', type: 'bool', shape: [1] },
    ]
    const found = right(signatureOf([tokens, ...extras], [out], {}))
    expect([found.mask, found.positions, found.useCache]).toEqual(extras)
  })

  it('other names when they are given, and other types or ranks refused', () => {
    const renamed = signatureOf([{ ...tokens, name: 'x' }], [{ ...out, name: 'y' }], { tokens: 'x', logits: 'y' })
    expect(right(renamed).logits.name).toBe('y')
    for (const bad of [
      { ...out, type: 'int64' },
      { ...out, shape: ['b', 9] },
    ])
      expect(signatureOf([tokens], [bad], {})).toMatchObject({ left: { tag: 'Format' } })
    expect(
      signatureOf(
        [tokens, { ...cache('past_key_values.0.key'), shape: ['b', 'h', 'p', 8] }],
        [out, cache('present.0.key')],
        {},
      ),
    ).toMatchObject({
      left: { what: expect.stringContaining('with fixed heads and size') },
    })
    expect(
      signatureOf([tokens, { name: 'attention_mask', type: 'string', shape: ['b', 't'] }], [out], {}),
    ).toMatchObject({
      left: { what: expect.stringMatching(/^input 'attention_mask' is string/) },
    })
  })
})
