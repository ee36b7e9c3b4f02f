/** Checkpoints with GPT-2's and RoBERTa's names: round trips, prefixes, and files that do not fit. */
import { field } from '../../lib/at.ts'
import { describe, expect, it } from 'vitest'
import type { NamedArrays } from '../../lib/codec/array.ts'
import { decodeSafetensors, encodeSafetensors } from '../../lib/codec/safetensors.ts'
import { key, fold, uniforms } from '../../lib/key.ts'
import type { Parameters } from '../../lib/models/autoregressive.ts'
import { fromGpt2, fromRoberta, toGpt2, toRoberta } from '../../lib/models/checkpoint-names.ts'
import { drawParameters } from '../../lib/models/parameters.ts'
import { type TransformerSize, transformer } from '../../lib/models/transformer.ts'
import { bodyInitials } from '../../lib/models/transformer-size.ts'
import { left, right } from '../either.ts'
import { thrown } from '../thrown.ts'
import { torchFixture } from './torch.ts'

const gpt2: TransformerSize = {
  symbols: 11,
  model: 12,
  heads: 3,
  layers: 2,
  feedForward: 20,
  context: 8,
  begin: 10,
  positions: 'learned',
  norm: 'pre',
  activation: 'gelu-tanh',
  tied: true,
}
const roberta: TransformerSize = { ...gpt2, begin: 0, norm: 'post', activation: 'gelu' }

/** Parameters none of which is a default, with a negative zero. */
const distinct = (parameters: Parameters): Parameters =>
  Object.fromEntries(
    Object.entries(parameters).map(([name, data], i) => [
      name,
      Float32Array.from(uniforms(fold(key(6), i), data.length), (u, j) => (j === 1 ? -0 : u - 0.5)),
    ]),
  )

const without = (name: string, { [name]: _gone, ...rest }: NamedArrays): NamedArrays => rest

describe('GPT-2', () => {
  const { weights } = torchFixture('gpt2')

  it('reads what PyTorch wrote and writes the same arrays back', () => {
    expect({ ...toGpt2(gpt2)(right(fromGpt2(gpt2)(weights))) }).toEqual({ ...weights })
  })

  it('reads back its own files to the bit, untied and with a begin symbol of its own too', () => {
    for (const size of [gpt2, { ...gpt2, tied: false, begin: 11 }]) {
      const parameters = distinct(transformer(size).initialise(key(1)))
      const bytes = right(encodeSafetensors({ metadata: {}, tensors: toGpt2(size)(parameters) }))
      const read = right(fromGpt2(size)(right(decodeSafetensors(bytes)).tensors))
      expect(Object.keys(read)).toEqual(Object.keys(parameters))
      for (const [name, data] of Object.entries(parameters)) expect(read[name]).toEqual(data)
    }
  })

  it('takes names with the prefix of a whole model, and leaves masks and a tied head aside', () => {
    const prefixed = Object.fromEntries(Object.entries(weights).map(([name, x]) => [`transformer.${name}`, x]))
    const more = {
      ...prefixed,
      'transformer.h.1.attn.bias': { dtype: 'f32', shape: [1], data: Float32Array.of(1) },
      'lm_head.weight': field(weights, 'wte.weight'),
    } as const
    expect(right(fromGpt2(gpt2)(more))).toEqual(right(fromGpt2(gpt2)(weights)))
  })

  it('a head that is not the embedding is refused for a tied model, and read for an untied one', () => {
    const head = Float32Array.from(field(weights, 'wte.weight').data, (x, i) => (i === 131 ? x + 1 : x))
    const other = { ...weights, 'lm_head.weight': { dtype: 'f32', shape: [11, 12], data: head } } as const
    expect(left(fromGpt2(gpt2)(other))).toMatchObject({
      tag: 'Checkpoint',
      what: "the checkpoint's tensors 'lm_head.weight' and 'wte.weight' differ, and this GPT-2 model has one for both",
      remedy: expect.stringContaining('tied: false'),
    })
    expect(right(fromGpt2({ ...gpt2, tied: false })(other))['output.weight']).toEqual(head)
  })

  it('names a missing tensor and its shape', () => {
    const failure = left(fromGpt2(gpt2)(without('h.1.attn.c_attn.weight', weights)))
    expect(failure.tag).toBe('Checkpoint')
    expect(failure.what).toBe("the checkpoint has no tensor 'h.1.attn.c_attn.weight'")
    expect(failure.remedy).toContain('[12, 36]')
  })

  it('names a tensor of another shape, with both shapes', () => {
    const failure = left(fromGpt2({ ...gpt2, context: 9 })(weights))
    expect(failure.what).toBe("the checkpoint's tensor 'wpe.weight' has shape [8, 12], and the model needs [9, 12]")
  })

  it('names a foreign tensor', () => {
    const foreign = left(fromGpt2({ ...gpt2, layers: 1 })(weights))
    expect(foreign.what).toContain("tensor 'h.1.")
    const file = { ...weights, 'encoder.embed.weight': { dtype: 'f32', shape: [1], data: Float32Array.of(1) } } as const
    expect(left(fromGpt2(gpt2)(file)).what).toContain("'encoder.embed.weight' has no place in a GPT-2 model")
  })

  it('names a tensor of integers', () => {
    const file = { ...weights, 'ln_f.bias': { dtype: 'i32', shape: [12], data: new Int32Array(12) } } as const
    expect(left(fromGpt2(gpt2)(file)).what).toContain("'ln_f.bias' holds i32 values")
  })

  it('is not for post-norm or rotary transformers', () => {
    expect(thrown(() => fromGpt2(roberta)(weights))?.remedy).toBe('give it pre-norm and learned positions')
    expect(thrown(() => toGpt2({ ...gpt2, positions: 'rotary' }))?.tag).toBe('Shape')
  })
})

describe('RoBERTa', () => {
  const { weights } = torchFixture('roberta')

  it('reads back its own files to the bit', () => {
    const parameters = distinct(drawParameters(bodyInitials(roberta))(key(1)))
    const read = right(fromRoberta(roberta)(toRoberta(roberta)(parameters)))
    expect(Object.keys(read)).toEqual(Object.keys(parameters))
    // Adding the token type's 0 turns a −0 among the positions into 0; all else is a copy.
    for (const [name, data] of Object.entries(parameters))
      expect(read[name]).toEqual(name === 'embedding.position' ? data.map((x) => x + 0) : data)
  })

  it('takes the token type into the positions, which begin at the third row', () => {
    const read = right(fromRoberta(roberta)(weights))
    const theirs = (name: string) => weights[`roberta.embeddings.${name}.weight`]?.data ?? []
    const [positions, type] = [theirs('position_embeddings'), theirs('token_type_embeddings')]
    const wanted = Float32Array.from({ length: 8 * 12 }, (_, i) => (positions[24 + i] ?? 0) + (type[i % 12] ?? 0))
    expect(read['embedding.position']).toEqual(wanted)
  })

  it('leaves heads aside, takes names without prefix, and names what is missing or foreign', () => {
    const bare = Object.fromEntries(Object.entries(weights).map(([name, x]) => [name.replace('roberta.', ''), x]))
    const head = { ...bare, 'lm_head.bias': { dtype: 'f32', shape: [11], data: new Float32Array(11) } } as const
    expect(right(fromRoberta(roberta)(head))).toEqual(right(fromRoberta(roberta)(weights)))
    const name = 'encoder.layer.0.attention.self.key.bias'
    expect(left(fromRoberta(roberta)(without(name, bare))).what).toBe(`the checkpoint has no tensor '${name}'`)
    expect(left(fromRoberta({ ...roberta, layers: 1 })(bare)).what).toContain("'encoder.layer.1.")
  })
})
