/** A table of settings as a part of the grammar: a heading for each group, a flag for each row. */
import { merge, object } from '@optique/core/constructs'
import { type Message, message, text } from '@optique/core/message'
import { map, multiple, optional } from '@optique/core/modifiers'
import type { NonEmptyString } from '@optique/core/nonempty'
import type { Parser } from '@optique/core/parser'
import { option } from '@optique/core/primitives'
import type { ValueParser } from '@optique/core/valueparser'
import * as E from 'fp-ts/lib/Either.js'
import type { Flag, Setting } from '../experiment/setting.ts'
import { entriesOf, type Settings, type Typed } from '../experiment/settings.ts'
import { list } from './values.ts'

const isNonEmpty = (metavar: string): metavar is NonEmptyString => metavar !== ''

const valueParser = ({ metavar, choices, example, read, format }: Setting<unknown, string>): ValueParser => ({
  mode: 'sync',
  metavar: isNonEmpty(metavar) ? metavar : 'VALUE',
  placeholder: undefined,
  parse: (typed) => {
    const value = read(typed)
    return E.isRight(value)
      ? { success: true, value: value.right }
      : { success: false, error: message`${typed} is not ${text(value.left)} (write for example ${example})` }
  },
  format,
  suggest: (prefix) =>
    choices.filter((word) => word.startsWith(prefix)).map((word) => ({ kind: 'literal', text: word })),
})

const flagParser = (setting: Setting<unknown, string>, otherwise: string): Parser => {
  const { help } = setting
  const description: Message = [text(otherwise === '' ? help : `${help} [${otherwise}]`)]
  if (setting.repeated)
    return map(multiple(option(setting.flag, valueParser(setting), { description })), (found) =>
      found.length === 0 ? undefined : found.flat(),
    )
  return setting.switched === undefined
    ? optional(option(setting.flag, valueParser(setting), { description }))
    : map(option(setting.flag, { description }), (typed) => (typed ? setting.switched : undefined))
}

type Group = readonly [heading: string, rows: readonly Setting<unknown, string>[]]

const groupsOf = (rows: readonly Setting<unknown, string>[]): readonly Group[] =>
  [...new Set(rows.map(({ group }) => group))].map((heading) => [
    heading,
    rows.filter(({ group }) => group === heading),
  ])

const rowsOf = <O, P extends string>(table: Settings<O, P>): readonly Setting<unknown, string>[] =>
  entriesOf(table).map(({ setting }) => setting)

const objectOf = (
  heading: string,
  rows: readonly Setting<unknown, string>[],
  parser: (setting: Setting<unknown, string>) => Parser,
) => object(heading, Object.fromEntries(rows.map((row): [string, Parser] => [row.flag, parser(row)])))

/** Which rows of a table are typed, and what help texts say they are unless typed. */
interface Shown<P extends string> {
  /** These flags alone; all unless given. */
  readonly only?: readonly Flag[]
  readonly without?: readonly Flag[]
  /** What they are in this preset alone; in every preset unless given. */
  readonly preset?: P
  /** The same words for all rows. */
  readonly otherwise?: string
}

/** What is typed of a table, by flag. Help texts show what each row is unless typed. */
export const settingsParser = <O, P extends string>(
  table: Settings<O, P>,
  { only, without = [], preset, otherwise }: Shown<P> = {},
): Parser<'sync', Typed> =>
  groupsOf(rowsOf(table).filter(({ flag }) => !without.includes(flag) && (only === undefined || only.includes(flag))))
    .map(([heading, rows]) =>
      objectOf(heading, rows, (row) =>
        flagParser(row, otherwise ?? (preset === undefined ? row.otherwise : row.format(row.initially(preset)))),
      ),
    )
    .reduce((all, next) => merge(all, next))

/** Comma-separated lists of what these rows of a table take, by flag; help says that they are as `otherwise` unless typed. */
export const listsParser = <O, P extends string>(
  table: Settings<O, P>,
  flags: readonly Flag[],
  otherwise: string,
): Parser<'sync', Typed> =>
  objectOf(
    'Grid (comma-separated lists)',
    rowsOf(table).filter(({ flag }) => flags.includes(flag)),
    (setting) =>
      optional(
        option(setting.flag, list(valueParser(setting)), { description: [text(`${setting.help} [${otherwise}]`)] }),
      ),
  )
