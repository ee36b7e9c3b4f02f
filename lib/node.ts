/**
 * What needs Node (or Deno with its built-ins): ONNX Runtime, exported and imported models, weights, corpora, images.
 */
export { openOnnx } from './onnx.ts'
export { type DecoderOptions, exportDecoder } from './decoder-file.ts'
export { type ExportOptions, exportProgram, type OnnxFile } from './onnx/export.ts'
export { openPredictor, type PredictorOptions } from './onnx/import.ts'
export { readWeights, type Weights as ModelWeights } from './data/weights-file.ts'
export { corpus, type Corpus, corpusNames } from './data/corpus.ts'
export { imageSet, imageSetNames } from './data/images.ts'
export { parallelCorpus } from './data/parallel.ts'
export { type DataServices, nodeDataServices } from './data/services.ts'
export { type TokenCorpus, tokenCorpus, type TokenizerChoice } from './data/token-corpus.ts'
export { ENGLISH_MODEL, languageModel, type LanguageModelOptions } from './language-model.ts'
export type { LanguageDtype, ModelFile } from './model-folder.ts'
export { textClassifier, type TextClassifier } from './text-classifier.ts'
export type { LanguageModel } from './tilt/language.ts'
export { openThreads, type Threads } from './scale/threads.ts'
export { eachShard, joinShards, type Shard, type Spreading } from './scale/shards.ts'
