/** Chats as tokens. */
import { expect, it } from 'vitest'
import { chatTemplate } from '../../lib/pretrained/chat-template.ts'
import { tokenizerParts } from '../../lib/data/tokenizer-parts.ts'
import { describeFailure } from '../../lib/errors.ts'
import { left, right } from '../either.ts'

const turns = [{ role: 'user', content: 'a' }]

it('a tokenizer that cannot be used for chats is a failure with a sentence, for every chat', () => {
  // The library's own encoder reads such a file, and needs no decoder.
  const write = chatTemplate('m', right(tokenizerParts('{ "model": {} }')), { chat_template: 'a' })
  for (let chat = 0; chat < 2; chat++)
    expect(describeFailure(left(write(turns)))).toBe(
      'm: the tokenizer cannot be used (Tokenizer must contain a "decoder" property): give a tokenizer.json of the Hugging Face libraries.',
    )
})

it.each([
  [
    'a loop within loops',
    '{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9999) %}a{% endfor %}{% endfor %}{% endfor %}',
  ],
  ['a list of a milliard', '{{ range(1000000000) | length }}'],
])('a template that takes long, %s, ends as a failure that names it', (_, template) => {
  const before = process.resourceUsage().maxRSS / 1024
  const write = chatTemplate('m', right(tokenizerParts('{ "model": {} }')), { chat_template: template })
  expect(left(write(turns))).toMatchObject({ tag: 'Limit', what: 'the chat template of m takes more than 500 ms' })
  expect(process.resourceUsage().maxRSS / 1024 - before).toBeLessThan(1500)
})

it('a template that refuses, or is none, says why', () => {
  for (const [template, why] of [
    ["{{ raise_exception('no system turn') }}", 'no system turn'],
    ['{{ messages[0]["content"].nothing() }}', 'Cannot call'],
    ['{% if %}', ''],
  ] as const)
    expect([
      template,
      left(chatTemplate('m', right(tokenizerParts('{ "model": {} }')), { chat_template: template })(turns)),
    ]).toEqual([
      template,
      expect.objectContaining({
        tag: 'Domain',
        what: expect.stringContaining(`the chat template of m refuses the chat (${why}`),
      }),
    ])
})
