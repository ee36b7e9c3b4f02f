/**
 * Choices by name: what plain JavaScript passes and is none of the names is refused, wherever a caller has such a choice, in a sentence that
 * names what it was given.
 */
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import * as X from '../lib/index.ts'
import { biasLaw } from '../lib/laws/estimator.ts'
import { complaintsOf } from '../lib/laws/index.ts'
import { namedBy, requireNames, unknownName } from '../lib/names.ts'
import {
  exportDecoder,
  languageModel,
  nodeDataServices,
  openPredictor,
  openQueue,
  openThreads,
  queueUrl,
} from '../lib/node.ts'
import { eArm, gamPresets, residual, runGam } from '../lib/systems/index.ts'
import { publicChoices } from './public-choices.ts'
import { untyped } from './untyped.ts'

const { automata, energy, key, metrics, reference, right, tilt } = X

/** A text where the compiler wants one of some, as plain JavaScript passes it. */
const strange: never = untyped('strange')

const arpa = '\\data\\\nngram 1=2\n\n\\1-grams:\n-0.30103 a\n-0.30103 </s>\n\n\\end\\\n'
const target = { model: tilt.ngramModel(right(X.ngram(right(X.parseArpa(arpa))))), limit: 3 }
const coin = right(automata.geometricNoise(0.5)(['a']))
const logs = { logPotential: [0, -1], logModel: [-1, -1], logProposal: [-1, -1], logPartition: 0.7 }
const size = {
  ...{ symbols: 5, model: 4, heads: 2, layers: 1, feedForward: 8, context: 6, begin: 4, tied: true },
  ...({ positions: 'learned', norm: 'pre', activation: 'gelu-tanh' } as const),
}
const sides = { ...size, source: 5, shared: 'all' } as const
const network = { size, direction: 'causal', head: 'mean-linear' } as const
const table = X.tableModel({ symbols: 2, length: 3 })
const image = { height: 3, width: 3, channels: 1, levels: 2 }
const pixels = { image, features: 4, layers: 1, first: 3, window: 3, head: 4 }
const mask = { stack: 'full', kind: 'A', size: 3, groups: 1 } as const
const batch = X.axis('batch', 2)
const row = X.literal(Float64Array.of(0, -1), batch)
const bank = energy.bankOf({ rows: 2, columns: 1, values: Float64Array.of(0, 1) })
const training = { options: eArm.paperOptions, batch: 2, time: 3, optimiser: X.adam(0.01), dropout: 0 }
const eArmOf = (more: object) => eArm.eArmTrainer(reference, eArm.tokenRows(table), { ...training, ...more })
const tiltOf = () =>
  residual.untilted(
    residual.sequenceBase(X.languageRuntime(reference, table, { batch: 2 }), table.initialise(key(1)), 3),
  )
const services = { progress: X.silentProgress, signal: new AbortController().signal }
const pixelKinds = [X.pixelCnn, X.gatedPixelCnn]

/** What is called with a strange name, by the place that has the choice. */
const rows: Readonly<Record<string, readonly (() => unknown)[]>> = {
  'AcquireOptions.selfTest': [() => X.openWebGpu({ selfTest: strange })],
  'BestOptions.by': [() => automata.bestWords({ by: strange, count: 1 })(coin)],
  'BiasSubject.bias': [() => complaintsOf([biasLaw({ bias: strange, mean: () => 1, truth: 1 })])],
  'BleuOptions.smoothing': [() => metrics.corpusBleu([{ hypothesis: 'a', references: ['a'] }], { smoothing: strange })],
  'DecoderOptions.precision': [
    () => exportDecoder({ size, parameters: X.transformer(size).initialise(key(1)), precision: strange }),
  ],
  'EArmOptions.weights': [() => eArmOf({ options: { ...eArm.paperOptions, weights: strange } })],
  'EncoderDecoderSize.activation': [() => X.encoderDecoder({ ...sides, activation: strange })],
  'EncoderDecoderSize.norm': [() => X.encoderDecoder({ ...sides, norm: strange })],
  'EncoderDecoderSize.shared': [() => X.encoderDecoder({ ...sides, shared: strange })],
  'EnergyNetworkOptions.direction': [() => X.energyNetwork({ ...network, direction: strange })],
  'EnergyNetworkOptions.head': [() => X.energyNetwork({ ...network, head: strange })],
  'EnergyNetworkOptions.pool': [() => X.energyNetwork({ ...network, pool: strange })],
  'Mask.kind': [() => X.maskedWeight({ ...mask, kind: strange })],
  'Mask.stack': [() => X.maskedWeight({ ...mask, stack: strange })],
  'MatchingOptions.match': [() => tilt.matching(/a/u, { match: strange })],
  'MatchingOptions.writing': [() => tilt.matching(/a/u, { writing: strange })],
  'ModelFile.dtype': [() => languageModel(undefined, { dtype: strange })],
  'NewtonOptions.units': [() => energy.fitMoments({ ...energy.defaultNewton, units: strange })(bank)([0.5])],
  'PixelCnnSize.encoding': pixelKinds.map((make) => () => make({ ...pixels, encoding: strange })),
  'PredictorOptions.provider': [
    () => openPredictor({ file: 'specs/fixtures/causal/cached.onnx', context: 12, provider: strange }),
    () => languageModel(undefined, { provider: strange }),
  ],
  'QueueRequest.kind': [
    () => openQueue({ on: right(queueUrl('redis://127.0.0.1:1')), kind: strange, note: () => undefined }),
  ],
  'ResampleOptions.choice': [
    () => eArm.resampleCandidates(key(1), { candidates: 1, choice: strange })(Float64Array.of(0, 0), 2),
  ],
  'SamplerOptions.method': [
    () => residual.samplePrefix(tiltOf(), { key: key(1), method: strange, count: 1, proposals: 1 })(Int32Array.of(1)),
  ],
  'SchemaOptions.layout': [() => tilt.jsonSchema({ type: 'null' }, { layout: strange })],
  'SmcOptions.energyAt': [() => tilt.smc(key(1), { energyAt: strange })(target)],
  'SmcOptions.resampling': [() => tilt.smc(key(1), { resampling: strange })(target)],
  'SmcOptions.twist': [() => tilt.smc(key(1), { twist: strange })(target)],
  'StepSettings.prediction': [() => eArmOf({ prediction: strange })],
  'TableSize.remembers': [() => X.tableModel({ symbols: 2, length: 3, remembers: strange })],
  'Target.ending': [tilt.smc, tilt.masking, tilt.sir, tilt.adaptiveRejection].map(
    (sampler) => () => sampler(key(1))({ ...target, ending: strange }),
  ),
  'Target.tokenisation': [() => tilt.prepare({ ...target, tokenisation: strange })],
  'TransformerSize.activation': [X.transformer, X.embeddedTransformer].map(
    (make) => () => make({ ...size, activation: strange }),
  ),
  'TransformerSize.norm': [X.transformer, X.embeddedTransformer].map((make) => () => make({ ...size, norm: strange })),
  'TransformerSize.positions': [
    () => X.transformer({ ...size, positions: strange }),
    () => X.energyNetwork({ ...network, size: { ...size, positions: strange } }),
  ],
  'WebGpuOptions.storage': [() => X.openWebGpu({ storage: strange })],
  'bleuOf(smoothing)': [() => metrics.corpusBleu([], { smoothing: strange })],
  'byteLanguage(labels)': [() => tilt.byteLanguage(right(tilt.compile(tilt.anything)), strange)],
  'openExecutor(choice)': [() => X.openExecutor(strange)],
  'openThreads(kind)': [() => openThreads(strange, 1)],
  'policyCoefficients(name)': [() => energy.policyCoefficients(strange)(logs)],
  'policyDivergence(name)': [() => energy.policyDivergence(strange)(logs)],
  'policyLoss(name)': [() => X.policyLoss(strange, batch)({ logModel: row, logTarget: row, logProposal: row })],
  'project(side)': [
    () =>
      automata.project(X.semiring.real)(strange)(
        right(automata.readTransducer(automata.probabilityCosts)('0 1 a A\n1\n')),
      ),
  ],
  'tokenRows(counted)': [() => eArm.eArmTrainer(reference, eArm.tokenRows(table, strange), training)],
  // What no parameter of a public function says, but what one gives.
  'EArmTrainer.prepared(variant)': [async () => right(await right(await eArmOf({})()).prepared(strange)())],
  'StringData.kind': [
    () => runGam(services)({ ...gamPresets.tiny, data: Object.assign({}, gamPresets.tiny.data, { kind: strange }) }),
  ],
  'EArmExperiment.task': [
    () => eArm.runEArm({ ...services, data: nodeDataServices() })({ ...eArm.eArmPresets.lm.tiny, task: strange }),
  ],
  'element types': [() => X.constantOf(strange, 1), () => X.cast(strange)(row), () => X.inputOf(strange)('x', batch)],
}

/** Options of the experiments: one law over their tables, `specs/experiment/experiments.spec.ts`, has every choice of theirs. */
const ofExperiments =
  /^(?:Computing|EnergyOptions|EvaluationOptions|ExperimentOptions|GamOptions|ImageNetwork|LanguageNetwork|OptimiserOptions|PromptRequest|ResidualOptions|TransformerNetwork)\.|^runResidual\(stage\)$/

/** What the library makes and a caller hands on, failures of one's own, and names of adapters, of which any part will do. */
const handedOn = [
  ...[
    'AcquireOptions.adapter',
    'ArrayType.dtype',
    'Executor.name',
    'Failure.tag',
    'OnnxSource.name',
    'OnnxSource.target',
  ],
  ...['Op.kind', 'Tilted.sampler', 'failure(tag)'],
]

const isEffect = (made: unknown): made is () => unknown => typeof made === 'function'

const sentenceOf = async (call: () => unknown): Promise<string> => {
  try {
    const made = call()
    const found: unknown = await (isEffect(made) ? made() : made)
    const left =
      typeof found === 'object' && found !== null && '_tag' in found && found._tag === 'Left' && 'left' in found
    return left ? X.describeFailure(Object.assign(X.failure('Usage', '', ''), found.left)) : 'nothing was refused'
  } catch (thrown) {
    return String(thrown)
  }
}

describe('choices by name', () => {
  it.each(Object.entries(rows))('refuses a name that is none: %s', async (_place, calls) => {
    for (const call of calls)
      expect(await sentenceOf(call)).toMatch(/there is no [\w λ-]+ '?strange'?: (?:use|choose) /)
  })

  it('has a row for every choice that a caller has', { timeout: 60_000 }, () => {
    const left = publicChoices(fileURLToPath(new URL('..', import.meta.url))).filter(
      (place) => !(place in rows) && !ofExperiments.test(place) && !handedOn.includes(place),
    )
    expect(left).toEqual([])
  })

  it('names what was given and what there is', () => {
    const choices = { fruit: ['pear', ['apple', 'plum']] } as const
    expect(unknownName({ fruit: ['plum', ['apple', 'plum']] })).toBeUndefined()
    expect(unknownName(choices)?.what).toBe("there is no fruit 'pear'")
    expect(unknownName(choices)?.remedy).toBe('use apple or plum')
    expect(unknownName({ fruit: [undefined, ['apple', 'plum']] })?.what).toBe('there is no fruit undefined')
    expect(E.isLeft(namedBy(choices))).toBe(true)
    expect(E.isRight(namedBy({}))).toBe(true)
    expect(() => {
      requireNames(choices)
    }).toThrow('use apple or plum')
  })
})
