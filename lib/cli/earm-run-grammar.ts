/** The grammar of `exptilt earm lm|image evaluate|sample`. */
import { object } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { type DeviceChoice, deviceNames } from '../experiment/device.ts'
import type { EArmTaskName } from '../systems/e-arm/experiment-options.ts'
import type { EArmEvaluateFlags, EArmSampleFlags } from './earm-flags.ts'
import { numeric, oneOf } from './values.ts'

const run = option('--run', string({ metavar: 'DIR' }), { description: message`Folder of a finished run.` })

/** What computes. */
export const device: Parser<'sync', DeviceChoice | undefined> = optional(
  option('--device', oneOf('DEVICE', deviceNames), { description: message`What computes; absent: as in the run.` }),
)

/** Whether JSON is printed. */
export const json: Parser<'sync', boolean> = option('--json', { description: message`Print one JSON object.` })

/** After `evaluate`. */
export const evaluateGrammar = (task: EArmTaskName): Parser<'sync', EArmEvaluateFlags> =>
  object({
    kind: constant('earm-evaluate'),
    task: constant(task),
    run,
    data: optional(
      option('--data', string({ metavar: 'NAME|FILE' }), {
        description: message`Measure on the test part of other data; absent: of the run's own.`,
      }),
    ),
    measured: optional(
      option('--measured', numeric('N', '512'), { description: message`Test rows; absent: as many as in the run.` }),
    ),
    device,
    json,
  })

/** How the next token is drawn. */
export const decoding: {
  readonly [K in 'temperature' | 'topK' | 'topP']: Parser<'sync', number | undefined>
} = {
  temperature: optional(
    option('--temperature', numeric('P', '0.8'), { description: message`Divides the logits; above 0.` }),
  ),
  topK: optional(
    option('--top-k', numeric('K', '40'), { description: message`Draw from the K most probable symbols alone.` }),
  ),
  topP: optional(
    option('--top-p', numeric('P', '0.9'), {
      description: message`Draw from the fewest symbols that reach this probability.`,
    }),
  ),
}

const prompt = optional(
  option('--prompt', string({ metavar: 'TEXT' }), { description: message`How every text begins.` }),
)

const picture = optional(
  option('--out', string({ metavar: 'FILE.png' }), {
    description: message`The images in one file; absent: samples.png in the folder of the run.`,
  }),
)

const absent = constant(undefined)

/** After `sample`. */
export const sampleGrammar = (task: EArmTaskName): Parser<'sync', EArmSampleFlags> =>
  object({
    kind: constant('earm-sample'),
    task: constant(task),
    run,
    count: optional(
      option('--count', numeric('N', '8'), {
        description: message`Samples of each variant; absent: as in the report.`,
      }),
    ),
    seed: optional(
      option('--seed', numeric('N', '1'), { description: message`Seed of the draws; absent: that of the report.` }),
    ),
    variant: optional(
      option('--variant', oneOf('NAME', ['plain', 'e-arm', 'both']), {
        description: message`Which model: plain, e-arm or both (unless given).`,
      }),
    ),
    ...decoding,
    prompt: task === 'lm' ? prompt : absent,
    device,
    out: task === 'image' ? picture : absent,
    json,
  })
