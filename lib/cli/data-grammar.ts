/** The grammar of `exptilt data list|fetch|prepare`. */
import { object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { multiple, optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { DataFlags } from './data-flags.ts'
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
      description: message`byte (unless given), bpe (trained on the corpus), or a tokenizer.json.`,
    }),
  ),
  symbols: optional(
    option('--symbols', numeric('N', '4096'), {
      description: message`Symbols of a bpe tokenizer (4096 unless given).`,
    }),
  ),
  out: optional(
    option('--out', string({ metavar: 'DIR' }), { description: message`Folder for the tokens and the tokenizer.` }),
  ),
  json,
})

/** Everything after `exptilt data`. */
export const dataGrammar: Parser<'sync', DataFlags> = or(
  command('list', list, { brief: message`What can be fetched, with sizes and licences.` }),
  command('fetch', fetch, { brief: message`Fetch packages and prepare their text in the cache.` }),
  command('prepare', prepare, { brief: message`Divide a corpus, turn it into tokens, and count.` }),
)
