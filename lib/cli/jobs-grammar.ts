/** The grammar of `exptilt jobs` and `jobs retry`. */
import { object, or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { multiple } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { JobsFlags, JobsRetryFlags } from './flags.ts'
import { shown } from './shown.ts'

const on = option('--on', string({ metavar: 'URL' }), {
  description: message`The address of the queue's Redis, as workers are given it (required).`,
})

const json = option('--json', { description: message`Print one JSON object instead of the tables.` })

const retry: Parser<'sync', JobsRetryFlags> = object({
  kind: constant('jobs-retry'),
  on,
  json,
  names: multiple(
    argument(string({ metavar: 'ID' }), {
      description: message`A run that failed, as exptilt jobs calls it, or the beginning of that. [all that failed]`,
    }),
  ),
})

const list: Parser<'sync', JobsFlags> = object({ kind: constant('jobs'), on, json })

/** Everything after `exptilt jobs`. */
export const jobsGrammar: Parser<'sync', JobsFlags | JobsRetryFlags> = or(
  command(
    'retry',
    retry,
    shown(message`Put runs that failed back into the queue.`, [
      'jobs retry --on redis://127.0.0.1:6379',
      'jobs retry --on redis://127.0.0.1:6379 gam-0f3a',
    ]),
  ),
  list,
)
