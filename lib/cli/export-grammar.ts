/** The grammar of `exptilt export`. */
import { object } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { ExportFlags } from './flags.ts'
import { oneOf } from './values.ts'

/** Everything after `exptilt export`. */
export const exportGrammar: Parser<'sync', ExportFlags> = object({
  kind: constant('export'),
  run: option('--run', string({ metavar: 'DIR' }), { description: message`Folder of a finished run (required).` }),
  model: optional(
    option('--model', oneOf('NAME', ['base', 'student', 'balm', 'policy', 'unit', 'bit']), {
      description: message`Of a gam run base (r) or student (π); of a residual run base, balm or policy, and for its energy unit or bit. [gam student, residual base, its energy bit]`,
    }),
  ),
  what: optional(
    option('--what', oneOf('WHAT', ['logits', 'log-probability', 'energy']), {
      description: message`What the file computes from tokens: logits, log-probability or energy. [logits]`,
    }),
  ),
  out: optional(
    option('--out', string({ metavar: 'FILE' }), {
      description: message`The file, .onnx. [MODEL-WHAT.onnx in the folder of the run]`,
    }),
  ),
  external: option('--external', { description: message`Keep the parameters beside the model, in a .bin file.` }),
})
