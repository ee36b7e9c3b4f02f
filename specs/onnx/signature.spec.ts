/** What the ports of a causal language model are for, by their names, types and shapes. */
import { describe, expect, it } from 'vitest'
import { type Port, signatureOf } from '../../lib/onnx/signature.ts'
import { left, right } from '../either.ts'

describe('signatures', () => {
  const tokens: Port = { name: 'input_ids', type: 'int64', shape: ['b', 't'] }
  const out: Port = { name: 'logits', type: 'float32', shape: ['b', 't', 9] }
  const cache = (name: string): Port => ({ name, type: 'float16', shape: ['b', 4, 'p', 32] })

  it('caches of both namings, masks, positions and the switch of merged exports', () => {
    for (const [past, present] of [
      ['past_key_values.0.key', 'present.0.key'],
      ['past_key_values.3.value', 'present_key_values.3.value'],
      ['past_key_value_0', 'present_key_value_0'],
      ['past_key_values.0.value', 'present_key_value.0.value'],
      ['past.1.key', 'present.1.key'],
      ['past_key_2', 'present_key_2'],
      ['past_value_2', 'present_value_2'],
      ['past_0', 'present_0'],
    ] as const)
      expect(right(signatureOf([tokens, cache(past)], [out, cache(present)], {})).caches).toEqual([
        { past, present, type: 'float16', shape: ['batch', 4, 'time', 32] },
      ])
    const pairs = { ...cache('past_0'), shape: [2, 'b', 4, 'p', 32] }
    expect(right(signatureOf([tokens, pairs], [out, { ...pairs, name: 'present_0' }], {})).caches[0]?.shape).toEqual([
      2,
      'batch',
      4,
      'time',
      32,
    ])
    const extras: readonly (readonly [Port, string])[] = [
      [{ name: 'attention_mask', type: 'int64', shape: ['b', 't'] }, 'mask'],
      [{ name: 'position_ids', type: 'int64', shape: ['b', 't'] }, 'positions'],
      [{ name: 'cache_position', type: 'int64', shape: ['t'] }, 'cachePositions'],
      [{ name: 'token_type_ids', type: 'int64', shape: ['b', 't'] }, 'types'],
      [{ name: 'head_mask', type: 'float32', shape: [2, 4] }, 'heads'],
      [{ name: 'use_cache_branch', type: 'bool', shape: [1] }, 'useCache'],
      [{ name: 'num_logits_to_keep', type: 'int64', shape: [] }, 'keep'],
      [{ name: 'logits_to_keep', type: 'int64', shape: [1] }, 'keep'],
    ]
    const found = right(signatureOf([tokens, ...extras.map(([port]) => port)], [out], {}))
    expect(found.others).toEqual(extras.map(([port, meaning]) => ({ port, meaning })))
  })

  it.each([
    ['encoder_hidden_states', /not the decoder of a model with an encoder/],
    ['inputs_embeds', /input_ids in place of/],
    ['pixel_values', /the language model alone/],
    ['past_sequence_length', /attention_mask in place of/],
    ['temperature', /without that input/],
  ])('refuses %s and says how to export without it', (name, remedy) => {
    const found = left(signatureOf([tokens, { name, type: 'float32', shape: ['b'] }], [out], {}))
    expect(found.what).toContain(`'${name}'`)
    expect(found.remedy).toMatch(remedy)
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
