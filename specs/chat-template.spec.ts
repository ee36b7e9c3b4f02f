/** Chats as tokens. */
import { expect, it } from 'vitest'
import { chatTemplate } from '../lib/chat-template.ts'
import { describeFailure } from '../lib/errors.ts'
import { left } from './either.ts'

it('a tokenizer that cannot be used for chats is a failure with a sentence, for every chat', () => {
  // The library's own encoder reads such a file, and needs no decoder.
  const write = chatTemplate('m', '{ "model": {} }', { chat_template: 'a' })
  for (let chat = 0; chat < 2; chat++)
    expect(describeFailure(left(write([{ role: 'user', content: 'a' }])))).toBe(
      'the tokenizer of m cannot be used for chats (Tokenizer must contain a "decoder" property): give a tokenizer.json of the Hugging Face libraries.',
    )
})
