/**
 * Every file of the library that takes bytes or text from outside, and the formats of the table (`formats.ts`) with which it is tried. A
 * reader that is new stands here, or `fuzz.spec.ts` fails; what needs no format of its own says why.
 */

/** What a file reads: names of formats, or why it has none. */
export type Tried = readonly string[] | string

const PARTS = 'hands bytes or text to a reader of this table'
const PACKAGES = 'files of packages that are fetched by their checksum'
const OWN = 'a file of this package, or of the machine'

/** By their paths in `lib/`. */
export const readers: Readonly<Record<string, Tried>> = {
  'automata/codec.ts': ['automaton JSON'],
  'automata/openfst-reading.ts': ['AT&T text of an automaton', 'AT&T text of a transducer'],
  'chat-template.ts': ['chat_template.jinja'],
  'cli/earm-table-cells.ts': 'what it has written itself, at once',
  'cli/pfsa.ts': ['automaton JSON'],
  'cli/process-start.ts': OWN,
  'cli/residual-judge.ts': ['key.json of sheets', 'a sheet of judgements'],
  'cli/run-folder.ts': ['options.json of gam', 'options.json of residual', 'options.json of earm'],
  'cli/static-server.ts': 'gives files as they are',
  'codec/arpa.ts': ['ARPA'],
  'codec/json-scanner.ts': ['automaton JSON', 'safetensors header'],
  'codec/json.ts': ['automaton JSON', 'JSON Schema'],
  'codec/safetensors-header.ts': ['safetensors header'],
  'codec/safetensors.ts': ['safetensors'],
  'codec/text.ts': ['text'],
  'data/byte-tokenizer.ts': 'bytes of a model, of which any are text',
  'data/corpora/help-pages.ts': PACKAGES,
  'data/corpora/phone-trigram.ts': PACKAGES,
  'data/corpora/r-data.ts': PACKAGES,
  'data/corpora/sword.ts': PACKAGES,
  'data/corpora/text-files.ts': PACKAGES,
  'data/corpus.ts': PACKAGES,
  'data/fetch.ts': PACKAGES,
  'data/files.ts': PARTS,
  'data/images-digits.ts': ['digits, packed'],
  'data/images-emoji.ts': ['PNG', 'emoji.json'],
  'data/images-folder.ts': ['CIFAR-10', 'IDX'],
  'data/images-idx.ts': ['IDX', 'IDX, packed'],
  'data/images.ts': PACKAGES,
  'data/pair-files.ts': ['parallel text'],
  'data/pair-folder.ts': PARTS,
  'data/parallel-folder.ts': ['IWSLT14'],
  'data/png-core.ts': ['PNG'],
  'data/prepared.ts': 'what it has written itself, by its checksum',
  'data/text-folder.ts': ['WikiText'],
  'data/token-bytes.ts': ['tokenizer.json of words', 'tokenizer.json of bytes'],
  'data/token-corpus.ts': PARTS,
  'data/token-folder.ts': ['corpus.json of a folder of tokens'],
  'data/tokenizer-file.ts': ['tokenizer.json of words', 'tokenizer.json of bytes'],
  'data/tokenizer-match.ts': 'a tokenizer that was read before',
  'data/tokenizer-parts.ts': ['tokenizer.json of words', 'tokenizer.json of bytes'],
  'data/user-file.ts': ['text'],
  'data/weights-file.ts': ['safetensors index', 'safetensors'],
  'language-model.ts': ['config.json of a language model', 'chat_template.jinja', 'tokenizer.json of words', 'ONNX'],
  'model-folder.ts': ['config.json of a language model'],
  'report/human-judgements.ts': ['key.json of sheets', 'a sheet of judgements'],
  'report/report-files.ts': ['results.json of gam', 'results.json of residual', 'results.json of earm'],
  'scale/queue/message.ts': ['message between machines'],
  'scale/queue/presence.ts': 'what workers of this version write of themselves; anything else is passed over',
  'scale/version.ts': OWN,
  'systems/auto-workers.ts': 'what it has remembered of this machine; anything else is measured again',
  'systems/e-arm/settings.ts': 'what it has written itself, at once',
  'systems/gam/process.ts': ['strings, one a line'],
  'systems/residual/file.ts': PARTS,
  'systems/residual/pool.ts': PARTS,
  'systems/residual/text.ts': PARTS,
  'systems/tilt/run.ts': ['JSON Schema'],
  'text-classifier.ts': ['config.json of a language model', 'tokenizer.json of words'],
  'tilt/model.ts': 'bytes of a model, of which any are text',
  'train/checkpoint-format.ts': ['checkpoint'],
  'train/file-system-node.ts': PARTS,
}
