/**
 * Chat templates: how a model wants the turns of a chat written, as Jinja in `tokenizer_config.json` or `chat_template.jinja`.
 */
import { Template } from '@huggingface/jinja'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { optional, record } from './codec/record.ts'
import { huggingFace } from './data/huggingface.ts'
import { type Failure, failure, messageOf, usage } from './errors.ts'
import type { ChatMessage } from './tilt/language.ts'

type Special = string | { readonly content: string } | null

/** What is read of `tokenizer_config.json`; of several templates the one called `default` is meant. */
interface TemplateConfig {
  readonly chat_template?: string | readonly { readonly name: string; readonly template: string }[] | null
  readonly bos_token?: Special
  readonly eos_token?: Special
}

const special = t.union([t.string, t.type({ content: t.string }), t.null])

/** Its codec. */
export const templateConfig: t.Type<TemplateConfig, unknown> = record(
  {
    chat_template: optional(
      t.union([t.string, t.readonlyArray(t.type({ name: t.string, template: t.string })), t.null]),
    ),
    bos_token: optional(special),
    eos_token: optional(special),
  },
  'a configuration of a tokenizer',
)

const textOf = (found: Special | undefined): string | undefined =>
  found === undefined || found === null ? undefined : typeof found === 'string' ? found : found.content

const templateOf = ({ chat_template: found }: TemplateConfig): string | undefined =>
  found === undefined || found === null
    ? undefined
    : typeof found === 'string'
      ? found
      : found.find(({ name }) => name === 'default')?.template

/**
 * The tokens of a chat, written by the template with the words that let the assistant go on. Special tokens in what the
 * template writes are tokens. `Usage` where the model has no template, `Domain` for a chat that its template refuses,
 * `Format` for a tokenizer that cannot be used for chats. The tokenizer is made for the first chat.
 */
export const chatTemplate = (
  name: string,
  tokenizer: string,
  config: TemplateConfig,
): ((messages: readonly ChatMessage[]) => E.Either<Failure, readonly number[]>) => {
  const template = templateOf(config)
  if (template === undefined)
    return () =>
      E.left(
        usage(
          `the model of ${name} has no chat template`,
          'give the prompt as text, or a model that was trained for chats',
          { name },
        ),
      )
  let encoder: ReturnType<typeof huggingFace> | undefined
  const written = (messages: readonly ChatMessage[]): E.Either<Failure, string> =>
    E.tryCatch(
      () =>
        new Template(template).render({
          messages,
          add_generation_prompt: true,
          bos_token: textOf(config.bos_token),
          eos_token: textOf(config.eos_token),
        }),
      (thrown) =>
        failure('Domain', `the chat template of ${name} refuses the chat (${messageOf(thrown)})`, 'give other turns', {
          name,
        }),
    )
  const encoded = (text: string): E.Either<Failure, readonly number[]> =>
    E.tryCatch(
      () => {
        encoder ??= huggingFace(JSON.parse(tokenizer))
        return encoder.encode(text, { add_special_tokens: false }).ids
      },
      (thrown) =>
        failure(
          'Format',
          `the tokenizer of ${name} cannot be used for chats (${messageOf(thrown)})`,
          'give a tokenizer.json of the Hugging Face libraries',
          { name },
        ),
    )
  return (messages) => E.chain(encoded)(written(messages))
}
