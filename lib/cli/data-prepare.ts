/** `exptilt data prepare`: a corpus as tokens, a parallel corpus as lines with a shared tokenizer; counted, and saved. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { mapSplits, splitNames } from '../data/documents.ts'
import { countPairs, pairTokenizer, writePairFolder } from '../data/pair-folder.ts'
import { readPairFiles } from '../data/pair-files.ts'
import { pairNames, type ParallelCorpus, parallelCorpus } from '../data/parallel.ts'
import type { DataServices } from '../data/services.ts'
import { type TokenizerChoice, tokenCorpus } from '../data/token-corpus.ts'
import { factsOf, writeTokenFolder } from '../data/token-folder.ts'
import { type Failure, failure } from '../errors.ts'
import type { DataPrepareFlags } from './data-flags.ts'
import { partTable } from './data-text.ts'

const USUAL_SYMBOLS = 4096

/** The tokenizer that the flags ask for; `Usage` when they contradict each other. */
const tokenizerChoice = ({
  tokenizer = 'byte',
  symbols,
}: Pick<DataPrepareFlags, 'tokenizer' | 'symbols'>): TE.TaskEither<Failure, TokenizerChoice> => {
  if (symbols !== undefined && tokenizer !== 'bpe')
    return TE.left(failure('Usage', '--symbols is for --tokenizer bpe', 'add --tokenizer bpe, or leave it out'))
  if (tokenizer === 'byte') return TE.right({ kind: 'byte' })
  if (tokenizer !== 'bpe') return TE.right({ kind: 'file', path: tokenizer })
  const wanted = symbols ?? USUAL_SYMBOLS
  return Number.isInteger(wanted) && wanted >= 257 && wanted <= 65_536
    ? TE.right({ kind: 'bpe', symbols: wanted })
    : TE.left(
        failure(
          'Usage',
          `--symbols ${wanted} is not a whole number from 257 to 65536`,
          'give for example --symbols 4096',
        ),
      )
}

interface Answer {
  readonly table: string
  readonly json: unknown
}

const prose = (lines: readonly string[]): string => `\n${lines.join('\n')}\n\n`

const saved = (out: string | undefined): readonly string[] => (out === undefined ? [] : [`written to ${out}`])

const text = (services: DataServices, name: string, flags: DataPrepareFlags): TE.TaskEither<Failure, Answer> =>
  pipe(
    tokenizerChoice(flags),
    TE.chain((choice) => tokenCorpus(services)(choice)(name)),
    TE.chainFirst((found) => (flags.out === undefined ? TE.right(undefined) : writeTokenFolder(flags.out)(found))),
    TE.map(factsOf),
    TE.map((facts) => {
      const rows = splitNames.map((part) => {
        const { documents, words, bytes, tokens } = facts.counts[part]
        return [part, [documents, words, bytes, tokens]] as const
      })
      const about = [`${facts.symbols} symbols; ${facts.licence}`, `SHA-256 ${facts.sha256}`]
      const table = partTable(['documents', 'words', 'bytes', 'tokens'], rows)
      return {
        table: prose([facts.title, '', ...table, '', ...about, ...facts.notes, ...saved(flags.out)]),
        json: facts,
      }
    }),
  )

const pairs = (
  corpus: TE.TaskEither<Failure, ParallelCorpus>,
  flags: DataPrepareFlags,
): TE.TaskEither<Failure, Answer> =>
  pipe(
    TE.Do,
    TE.apS('choice', tokenizerChoice(flags)),
    TE.bind('found', () => corpus),
    TE.bind('tokenizer', ({ choice, found }) => pairTokenizer(choice)(found)),
    TE.map(({ found, tokenizer }) => {
      const { name, title, licence, sha256 } = found
      const counts = mapSplits(countPairs(tokenizer))(found)
      return { found, tokenizer, facts: { name, title, licence, sha256, symbols: tokenizer.symbols, counts } }
    }),
    TE.chainFirst(({ found, tokenizer, facts }) =>
      flags.out === undefined ? TE.right(undefined) : writePairFolder(flags.out, facts)(found, tokenizer),
    ),
    TE.map(({ facts }) => {
      const rows = splitNames.map((part) => {
        const { pairs: n, words, tokens } = facts.counts[part]
        return [part, [n, ...words, ...tokens]] as const
      })
      const table = partTable(['pairs', 'source words', 'target words', 'source tokens', 'target tokens'], rows)
      const about = [`${facts.symbols} symbols; ${facts.licence}`, `SHA-256 ${facts.sha256}`]
      return { table: prose([facts.title, '', ...table, '', ...about, ...saved(flags.out)]), json: facts }
    }),
  )

/** Runs `exptilt data prepare`; `Usage` unless one corpus or two files are named. */
export const prepareData = (services: DataServices, flags: DataPrepareFlags): TE.TaskEither<Failure, Answer> => {
  const [first, second] = flags.names
  if (first === undefined || flags.names.length > 2)
    return TE.left(
      failure(
        'Usage',
        first === undefined ? 'no corpus is named' : `${flags.names.length} names are given`,
        'name one corpus or text file, or two files of equal length for translation',
      ),
    )
  if (second !== undefined) return pairs(readPairFiles({ source: first, target: second }), flags)
  return pairNames.includes(first) ? pairs(parallelCorpus(services)(first), flags) : text(services, first, flags)
}
