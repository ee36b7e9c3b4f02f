/**
 * Chat templates: how a model wants the turns of a chat written, as Jinja in `tokenizer_config.json` or `chat_template.jinja`.
 */
import { Template } from '@huggingface/jinja'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { optional, record } from '../codec/record.ts'
import { within } from '../data/time-limit.ts'
import { markedTexts } from '../data/tokenizer-file.ts'
import type { TokenizerParts } from '../data/tokenizer-parts.ts'
import { type Failure, failure, fromThrown, messageOf, raise, usage } from '../errors.ts'
import type { ChatMessage } from '../tilt/language.ts'

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

const of =
  (name: string) =>
  (found: Failure): Failure => ({ ...found, what: `${name}: ${found.what}` })

/** What is made when it is first asked for, and kept. */
const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => (made ??= { value: make() }).value
}

/** Milliseconds for a template, which is a program; one that writes a chat takes a few. */
const LIMIT = 500

/** A chat as its template writes it. */
const written = (
  name: string,
  template: string,
  { bos_token, eos_token }: TemplateConfig,
  messages: readonly ChatMessage[],
): E.Either<Failure, string> => {
  const special = { bos_token: textOf(bos_token), eos_token: textOf(eos_token) }
  const render = (): string => new Template(template).render({ messages, add_generation_prompt: true, ...special })
  const refused = (thrown: unknown): Failure =>
    failure(
      'Domain',
      `the chat template of ${name} refuses the chat (${thrown instanceof TypeError ? 'it cannot be read' : messageOf(thrown)})`,
      'give other turns',
      {
        name,
      },
    )
  return pipe(
    E.tryCatch(
      () => within(LIMIT, render, (thrown) => raise(refused(thrown))),
      fromThrown('Domain', 'give other turns'),
    ),
    E.flatMap(
      E.mapLeft(() =>
        failure('Limit', `the chat template of ${name} takes more than ${LIMIT} ms`, 'give the prompt as text', {
          name,
        }),
      ),
    ),
  )
}

/**
 * The tokens of a chat, written by the template with the words that let the assistant go on. Special tokens in what the
 * template writes are tokens. `Usage` where the model has no template, `Domain` for a chat that its template refuses, `Limit` where the template
 * takes longer than half a second, `Format` for a tokenizer that cannot be used for chats. The tokenizer is made for the first chat.
 */
export const chatTemplate = (
  name: string,
  parts: TokenizerParts,
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
  const encoder = once(() => E.mapLeft(of(name))(markedTexts('bare')(parts)))
  return (messages) =>
    pipe(
      E.Do,
      E.bind('text', () => written(name, template, config, messages)),
      E.bind('encode', encoder),
      E.flatMap(({ text, encode }) =>
        E.tryCatch(() => Array.from(encode(text)), fromThrown('Domain', 'give other turns')),
      ),
    )
}
