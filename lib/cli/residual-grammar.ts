/** The grammar of `exptilt residual [train|evaluate|generate|analyse]`. */
import { merge, object, or } from '@optique/core/constructs'
import { type Message, message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { deviceNames } from '../systems/device.ts'
import { headNames, objectiveNames, presetNames, startNames } from '../systems/residual/options.ts'
import { samplerNames } from '../systems/residual/prompt.ts'
import type { Stage } from '../systems/residual/results.ts'
import type { ResidualFlags } from './residual-flags.ts'
import { numeric, numericOrAll, oneOf } from './values.ts'

const number = (name: `--${string}`, example: string, description: Message) =>
  optional(option(name, numeric('N', example), { description }))

const text = (name: `--${string}`, metavar: 'DIR' | 'FILE' | 'HOW' | 'NAME|FILE' | 'TEXT', description: Message) =>
  optional(option(name, string({ metavar }), { description }))

const data = object('Data', {
  corpus: text('--corpus', 'NAME|FILE', message`A corpus of exptilt data list, or a text file.`),
  tokenizer: text('--tokenizer', 'HOW', message`byte, a number of symbols (bpe, trained here), or a tokenizer.json.`),
  prefix: number('--prefix', '120', message`Tokens that are given.`),
  modelled: number('--modelled', '40', message`Tokens that are modelled.`),
})

const sizes = object('Sizes (the preset fills in what is absent)', {
  model: number('--model', '128', message`Width of the transformers.`),
  heads: number('--heads', '4', message`Attention heads.`),
  layers: number('--layers', '4', message`Layers of the base, and of the energies unless --energy-layers is given.`),
  feedForward: number('--feed-forward', '512', message`Width of the feed-forward layers.`),
  dropout: number('--dropout', '0.1', message`Share of units dropped while training.`),
})

const training = object('Training of the base', {
  steps: number('--steps', '3000', message`Optimiser steps.`),
  batch: number('--batch', '32', message`Rows of a step.`),
  learningRate: number('--learning-rate', '0.002', message`Highest step size of Adam.`),
  warmUp: number('--warm-up', '100', message`Steps in which the step size rises to it.`),
  evaluateEvery: number('--evaluate-every', '200', message`Steps between two evaluations on validation rows.`),
  base: text('--base', 'FILE', message`Do not train it: read a GPT-2-style checkpoint (safetensors).`),
})

const energy = object('Training of the energies', {
  energyLayers: number('--energy-layers', '2', message`Layers of the energies: at most those of the base.`),
  energySteps: number('--energy-steps', '1500', message`Most optimiser steps.`),
  energyBatch: number('--energy-batch', '32', message`Data rows of a step; each has its rows of noise.`),
  energyLearningRate: number('--energy-learning-rate', '0.0005', message`Highest step size of Adam.`),
  energyWarmUp: number('--energy-warm-up', '100', message`Steps in which the step size rises to it.`),
  energyEvaluateEvery: number('--energy-evaluate-every', '100', message`Steps between two evaluations.`),
  objective: optional(
    option('--objective', oneOf('HOW', objectiveNames), {
      description: message`nce, dynamic-nce (its noise model is trained on), or importance (sampled likelihood).`,
    }),
  ),
  ratio: number('--ratio', '1', message`Rows of noise for each datum, ν.`),
  penalty: number('--penalty', '0.01', message`Rate of the l2 on energies.`),
  head: optional(
    option('--head', oneOf('HEAD', headNames), {
      description: message`mean-linear, position-sum, target-logit or logsumexp.`,
    }),
  ),
  start: optional(
    option('--start', oneOf('FROM', startNames), {
      description: message`Where the energies start: base, random, or masked (BiT from a masked language model).`,
    }),
  ),
  pool: number('--pool', '24000', message`Data rows for which noise is drawn.`),
  patience: number('--patience', '6', message`Evaluations without improvement before stopping.`),
  logNormaliser: option('--log-normaliser', { description: message`Learn a log-normaliser c beside the energy.` }),
  rounds: number('--rounds', '8', message`dynamic-nce: how often noise is drawn anew.`),
  interpolation: number('--interpolation', '0.75', message`dynamic-nce: weight of data on the data side.`),
  withoutBaselines: option('--without-baselines', { description: message`Do not train RALM and BALM.` }),
})

const measuring = object('Measuring', {
  chunks: number('--chunks', '256', message`Test rows.`),
  samples: number('--samples', '100000', message`Samples for log Z of each prefix.`),
  stepChunks: number('--step-chunks', '32', message`Test rows of the per-step perplexity.`),
  stepPositions: number('--step-positions', '8', message`Positions at which it is measured.`),
  stepSamples: number('--step-samples', '64', message`Samples for each of its expectations.`),
  count: number('--count', '256', message`Continuations to generate.`),
  proposals: number('--proposals', '64', message`n, proposals for each (Algorithm 1).`),
  topK: optional(
    option('--top-k', numericOrAll('N|all', '10'), {
      description: message`k of top-k proposals; all (unless given): exact samples.`,
    }),
  ),
  analysisRows: number(
    '--analysis-rows',
    '4000',
    message`Rows of each kind that the fresh discriminator is trained on.`,
  ),
  analysisProposals: number('--analysis-proposals', '16', message`Proposals for each joint row that it sees.`),
  analysisSteps: number('--analysis-steps', '600', message`Its optimiser steps.`),
})

const prompting = object('A text of your own (generate)', {
  prompt: text('--prompt', 'TEXT', message`Continue this text.`),
  method: optional(
    option('--method', oneOf('HOW', samplerNames), {
      description: message`resampling (unless given), rejection, quasi or metropolis.`,
    }),
  ),
})

const run = object('Run', {
  kind: constant('residual'),
  preset: optional(
    option('--preset', oneOf('NAME', presetNames), {
      description: message`Sizes to start from: tiny, small (unless given) or paper.`,
    }),
  ),
  seed: number('--seed', '1', message`Seed of all random numbers.`),
  device: optional(
    option('--device', oneOf('DEVICE', deviceNames), {
      description: message`What computes: auto, gpu, cpu, onnx or reference.`,
    }),
  ),
  out: text('--out', 'DIR', message`Folder of the run: report.html, results.json, figures, checkpoint.`),
  resume: text('--resume', 'DIR', message`Go on with the run in this folder, with its own options.`),
  json: option('--json', { description: message`Print one JSON object instead of the table.` }),
})

const everything = merge(run, data, sizes, training, energy, measuring, prompting)

const staged = <S extends Stage>(stage: S) => merge(object({ stage: constant(stage) }), everything)

/** Everything after `exptilt residual`. */
export const residualGrammar: Parser<'sync', ResidualFlags> = or(
  command('train', staged('train'), { brief: message`Train the base, the energies and the baselines.` }),
  command('evaluate', staged('evaluate'), { brief: message`Perplexities with bounds, step by step, next tokens.` }),
  command('generate', staged('generate'), { brief: message`Continue texts by the base and by the joint model.` }),
  command('analyse', staged('analyse'), { brief: message`A fresh discriminator on base and joint samples.` }),
  staged('all'),
)
