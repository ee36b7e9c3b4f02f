/**
 * exptilt: energy-based sequence models, one idea: `P(x) = q(x)·e^{−E(x)}`.
 *
 * Groups: axes and tensors · operations · gradients, programs, executors · optimisers · random keys · automata ·
 * energies and estimators · models and training · transformers, PixelCNN. Nothing here needs Node: the same module serves
 * browsers and Deno. Files, data and ONNX Runtime are in `exptilt/node`, the three papers in `exptilt/systems`.
 */

// Axes, tensors, errors
export { type AnyAxis, type Axis, axis, type Unit } from './axis.ts'
export type { DType, Numeric, Values } from './dtype.ts'
export { describeFailure, ExptiltError, type Failure, failure, type FailureTag } from './errors.ts'
export { type AnyTensor, type Expr, print, type Scalar, type Tensor, type Value } from './expr.ts'
export { anyTensor, type Expected, type NameOf, typed, typedOf } from './typed.ts'
export { effect, type Run } from './effect.ts'
export { right, run } from './outcome.ts'

// Operations
export { contract, contractLog, contractMaxPlus, contractOver, type SemiringName } from './ops/contract.ts'
export { gather, oneHot, scatterAdd } from './ops/gather.ts'
export { input, inputOf, iota, literal, literalIntegers, merge, rename, split } from './ops/layout.ts'
export { pad, reverse, select, slice } from './ops/slice.ts'
export { concat, stack } from './ops/join.ts'
export { gate, lstm, type LstmLayer } from './ops/lstm.ts'
export {
  absolute,
  add,
  and,
  annihilate,
  cast,
  constant,
  constantOf,
  cosine,
  divide,
  equal,
  exp,
  expm1,
  floor,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  log1p,
  logSigmoid,
  maximum,
  minimum,
  multiply,
  negate,
  normalQuantile,
  not,
  or,
  power,
  reciprocal,
  relu,
  remainder,
  scale,
  shift,
  sigmoid,
  sign,
  sine,
  softplus,
  sqrt,
  square,
  stopGradient,
  subtract,
  tanh,
  unit,
  where,
} from './ops/pointwise.ts'
export { categorical } from './ops/categorical.ts'
export {
  bernoulli,
  dropout,
  foldKey,
  gumbel,
  inputKey,
  type KeyTensor,
  normal,
  randomBits,
  uniform,
  word,
} from './ops/random.ts'
export {
  argmax,
  argmin,
  broadcast,
  cumulativeSum,
  logSoftmax,
  logSumExp,
  max,
  mean,
  min,
  softmax,
  sum,
  sumOver,
  sumWhere,
} from './ops/reduce.ts'
export { type Scanned, scan, scanReverse } from './ops/scan.ts'

// Gradients, programs, executors
export { gradient, hessianVector, jvp } from './grad.ts'
export { vjpOf } from './ops/pull-back.ts'
export { evaluateOn, evaluateOne, outputs, program, runAll, scalarOf } from './program.ts'
export type { Executor, Feeds, Prepared, Program, StateVariable } from './executor.ts'
export { check, type Plan, plan } from './plan.ts'
export { type ExecutorChoice, openExecutor } from './choose.ts'
export type { Predictor, Reading, Walk } from './predictor.ts'
export { openModelBytes } from './onnx/model-bytes.ts'
export { type PredictedLanguage, predictedLanguage, type PredictedOptions } from './models/onnx-model.ts'
export { reference } from './reference.ts'
export { openWebGpu } from './webgpu.ts'

// Optimisers
export * from './optimise/index.ts'

// Random keys and semirings
export { fold as foldIn, type Key, key, split as splitKey, threefry, uniforms, words as randomWords } from './key.ts'
export * as semiring from './semiring.ts'

// Automata, energies and estimators
export * as automata from './automata/index.ts'
export * as energy from './energy/index.ts'

// Models, training, data
export { type Alphabet, alphabetOf, decodeStrings, encodeStrings, type TokenRows } from './data/strings.ts'
export {
  initialiseLstm,
  lstmLoss,
  lstmModel,
  type LstmParameters,
  lstmParameterAxes,
  lstmParameterCount,
  type LstmSize,
} from './models/lstm.ts'
export { gradientChains, type GradientPoint, type GradientTarget } from './models/gradient-chain.ts'
export { policyLoss, type PolicyRows } from './models/policy-loss.ts'
export { lstmSample, lstmScore } from './ops/lstm-language.ts'
export { type LstmModel, lstmLogits, packLstm } from './ops/lstm-model.ts'
export {
  crossEntropy as crossEntropyPerSymbol,
  type StringStep,
  type StringTrainer,
  stringTrainer,
  type StringTraining,
  stringTraining,
} from './train/strings.ts'

export { type Progress, silentProgress } from './progress.ts'

// Metrics, tables and parameters
export * as metrics from './metrics/index.ts'
export { everyLogProbability, everyRow, tableModel, tableRows, type TableSize } from './models/table-model.ts'
export { type EmbeddedModel, embeddedTransformer, type Embeddings } from './models/transformer-embedded.ts'
export { initialValues, parameterInputs } from './models/parameters.ts'
export { expressionEnergy, type ExpressionEnergyOptions } from './models/expression-energy.ts'
export type { Autoregressive, Named, Parameters } from './models/autoregressive.ts'

// Training by steps, n-gram models
export { type Evaluation, type StepsOptions, trainSteps } from './train/steps.ts'
export { startSteps, type StepsState } from './train/steps-state.ts'
export { type Gradients, gradientsBy, type PartGradient, splitStepper } from './train/split.ts'
export type { Stepper } from './train/stepper.ts'
export { parseArpa } from './codec/arpa.ts'
export { type Ngram, ngram } from './models/ngram.ts'
export { ngramBase } from './models/ngram-base.ts'

// Transformers, PixelCNN and their runtime
export { attention } from './ops/attention.ts'
export { gelu, geluTanh } from './ops/activation.ts'
export { layerNorm } from './ops/layer-norm.ts'
export { softmaxCrossEntropy } from './ops/cross-entropy.ts'
export { type TokenOperands, tokenCrossEntropy } from './ops/token-cross-entropy.ts'
export { filterLogits, largest, type LogitFilter } from './ops/top-k.ts'
export { transformer, type TransformerSize } from './models/transformer.ts'
export { type EnergyNetwork, energyNetwork, type EnergyNetworkOptions } from './models/energy-network.ts'
export { gatedPixelCnn, pixelCnn } from './models/pixelcnn.ts'
export type { PixelCnnSize } from './models/pixelcnn-size.ts'
export {
  type BeamOptions,
  type Decoding,
  type DrawnRows,
  type Hypothesis,
  type LanguageRuntime,
  languageRuntime,
  type LanguageRuntimeOptions,
} from './models/language-runtime.ts'
export { attentionLanes, type LaneMask, type LaneRows } from './ops/attention-lanes.ts'
export { attentionStep, type AttentionCache } from './ops/attention-step.ts'
export { type Mask, maskedWeight } from './ops/mask.ts'
export { maskedConvolution } from './ops/masked-convolution.ts'
export { transformerXl, type TransformerXl, type TransformerXlSize } from './models/transformer-xl.ts'
export { encoderDecoder, type EncoderDecoder, type EncoderDecoderSize } from './models/encoder-decoder.ts'
export { type AfterSource, afterSource } from './models/encoder-decoder-source.ts'
export { ralm } from './models/residual-lm.ts'
export { fromGpt2, fromRoberta, toGpt2, toRoberta } from './models/checkpoint-names.ts'
export { lstmAutoregressive } from './models/lstm-autoregressive.ts'
export { languageBase, type LanguageBaseOptions } from './models/language-base.ts'
export { uncached } from './models/uncached.ts'

// Tilting a model that is given
export * as tilt from './tilt/index.ts'
export { fromTransformers, type TransformersModel, type TransformersTokenizer } from './pretrained/transformers.ts'

export type { Tokenizer } from './data/tokenizer.ts'
