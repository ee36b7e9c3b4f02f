/** What help says of a command besides its options. */
import { lineBreak, type Message, text } from '@optique/core/message'
import type { CommandOptions } from '@optique/core/primitives'

const footerOf = (examples: readonly string[]): Message =>
  examples.flatMap((example, i) => [
    ...(i === 0 ? [text('For example:')] : []),
    lineBreak(),
    text(`  exptilt ${example}`),
  ])

/**
 * Help of a command: what it does, in a line and at length, and command lines that are valid as they stand (without the
 * program's name). Its usage line leaves the options to their list.
 */
export const shown = (brief: Message, examples: readonly string[], description?: Message): CommandOptions => ({
  usageLine: [{ type: 'ellipsis' }],
  brief,
  ...(description === undefined ? {} : { description }),
  ...(examples.length === 0 ? {} : { footer: footerOf(examples) }),
})
