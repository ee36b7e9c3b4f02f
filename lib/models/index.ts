/** Models: LSTMs, transformers, PixelCNNs, n-grams and tables, their parameters, their runtimes, and energies made of them. */
export { type PredictedLanguage, predictedLanguage, type PredictedOptions } from './onnx-model.ts'
export {
  initialiseLstm,
  lstmLoss,
  lstmModel,
  type LstmParameters,
  lstmParameterAxes,
  lstmParameterCount,
  type LstmSize,
} from './lstm.ts'
export { everyLogProbability, everyRow, tableModel, tableRows, type TableSize } from './table-model.ts'
export { type EmbeddedModel, embeddedTransformer, type Embeddings } from './transformer-embedded.ts'
export { initialValues, parameterInputs } from './parameters.ts'
export { expressionEnergy, type ExpressionEnergyOptions } from './expression-energy.ts'
export type { Autoregressive, Named, Parameters } from './autoregressive.ts'
export { type Ngram, ngram } from './ngram.ts'
export { ngramBase } from './ngram-base.ts'
export { transformer, type TransformerSize } from './transformer.ts'
export { gradientChains, type GradientPoint, type GradientTarget } from './gradient-chain.ts'
export { policyLoss, type PolicyRows } from './policy-loss.ts'
export { type EnergyNetwork, energyNetwork, type EnergyNetworkOptions } from './energy-network.ts'
export { gatedPixelCnn, pixelCnn } from './pixelcnn.ts'
export type { PixelCnnSize } from './pixelcnn-size.ts'
export {
  type BeamOptions,
  type Decoding,
  type DrawnRows,
  type Hypothesis,
  type LanguageRuntime,
  languageRuntime,
  type LanguageRuntimeOptions,
} from './language-runtime.ts'
export { transformerXl, type TransformerXl, type TransformerXlSize } from './transformer-xl.ts'
export { encoderDecoder, type EncoderDecoder, type EncoderDecoderSize } from './encoder-decoder.ts'
export { type AfterSource, afterSource } from './encoder-decoder-source.ts'
export { ralm } from './residual-lm.ts'
export { fromGpt2, fromRoberta, toGpt2, toRoberta } from './checkpoint-names.ts'
export { lstmAutoregressive } from './lstm-autoregressive.ts'
export { languageBase, type LanguageBaseOptions } from './language-base.ts'
export { uncached } from './uncached.ts'
