/** The grammar of `exptilt worker`. */
import { object } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { withDefault } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { WorkerFlags } from './flags.ts'
import { oneOf } from './values.ts'

/** Everything after `exptilt worker`. */
export const workerGrammar: Parser<'sync', WorkerFlags> = object({
  kind: constant('worker'),
  on: option('--on', string({ metavar: 'URL' }), {
    description: message`The address of the queue's Redis: redis://HOST:PORT, or rediss://USER:PASSWORD@HOST:PORT/DB?prefix=NAME (required).`,
  }),
  device: withDefault(
    option('--device', oneOf('DEVICE', ['cpu', 'onnx', 'reference']), {
      description: message`What computes, on one thread: cpu, onnx or reference. [cpu]`,
    }),
    'cpu',
  ),
})
