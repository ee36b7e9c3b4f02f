/**
 * Parallel corpora by name: LibreOffice's help pages (German, Spanish, Italian with English) and the Bible (English with
 * Spanish), in either direction; or two files of the user's, line by line.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { type Failure, failure } from '../errors.ts'
import { moduleFolder } from './corpora/bible.ts'
import { type AlignedPair, alignPages, helpFolder } from './corpora/help-pages.ts'
import { readSword } from './corpora/sword.ts'
import { mapSplits, type Splits } from './documents.ts'
import { fetchSource } from './fetch.ts'
import { dividePairs, filterPairs, type Pair } from './pairs.ts'
import { prepared } from './prepared.ts'
import type { DataServices } from './services.ts'
import { type Source, sources } from './sources.ts'

/** Sentence pairs in three parts. */
export interface ParallelCorpus extends Splits<readonly Pair[]> {
  readonly name: string
  readonly title: string
  readonly licence: string
  readonly sha256: string
}

/** A parallel corpus of two packages; the pairs lead from the first language to the second. */
interface ParallelKind {
  readonly title: string
  readonly packages: readonly [Source, Source]
  readonly revision: number
  readonly align: (first: string, second: string) => TE.TaskEither<Failure, readonly AlignedPair[]>
}

const help = (language: string, name: string, source: Source): ParallelKind => ({
  title: `LibreOffice help, ${name} and English`,
  packages: [source, sources.helpEnglish],
  revision: 1,
  align: (first, second) => alignPages(helpFolder(first, language), helpFolder(second, 'en-US')),
})

const alignVerses = (first: string, second: string): TE.TaskEither<Failure, readonly AlignedPair[]> =>
  pipe(
    TE.Do,
    TE.apS('english', readSword(moduleFolder(first, 'engKJV2006eb'))),
    TE.apS('spanish', readSword(moduleFolder(second, 'spaRV1909eb'))),
    TE.map(({ english, spanish }) => {
      const byPlace = new Map(spanish.map(({ place, text }) => [place, text]))
      return english.flatMap(({ place, chapter, text }): readonly AlignedPair[] => {
        const target = byPlace.get(place)
        return target === undefined ? [] : [{ page: chapter, source: text, target }]
      })
    }),
  )

const bible: ParallelKind = {
  title: 'King James Version and Reina-Valera 1909',
  packages: [sources.kingJames, sources.reinaValera],
  revision: 1,
  align: alignVerses,
}

const german = help('de', 'German', sources.helpGerman)
const spanish = help('es', 'Spanish', sources.helpSpanish)
const italian = help('it', 'Italian', sources.helpItalian)

/** Each name's corpus, and whether its pairs are to be turned round. */
export const parallelKinds: Readonly<
  Record<string, readonly [kind: ParallelKind, cached: string, turn: 'as is' | 'turned']>
> = {
  'de-en': [german, 'help-de-en', 'as is'],
  'en-de': [german, 'help-de-en', 'turned'],
  'es-en': [spanish, 'help-es-en', 'as is'],
  'en-es': [spanish, 'help-es-en', 'turned'],
  'it-en': [italian, 'help-it-en', 'as is'],
  'en-it': [italian, 'help-it-en', 'turned'],
  'bible-en-es': [bible, 'bible-en-es', 'as is'],
  'bible-es-en': [bible, 'bible-en-es', 'turned'],
}

/** Every name that `parallelCorpus` knows: source language, then target language. */
export const pairNames: readonly string[] = Object.keys(parallelKinds)

const pairCodec: t.Type<AlignedPair> = t.type({ page: t.string, source: t.string, target: t.string }, 'pair')

const make = (services: DataServices, kind: ParallelKind): TE.TaskEither<Failure, readonly AlignedPair[]> =>
  pipe(
    kind.packages,
    TE.traverseSeqArray(fetchSource(services)),
    TE.chain(([first, second]) => kind.align(first?.folder ?? '', second?.folder ?? '')),
    TE.map(filterPairs()),
  )

const turned = ([source, target]: Pair): Pair => [target, source]

const unknown = (name: string): Failure =>
  failure(
    'Usage',
    `there is no parallel corpus '${name}'`,
    `use one of ${pairNames.join(', ')}, two files by --data and --target, or a folder by --data and --languages`,
    {
      name,
      known: pairNames,
    },
  )

/**
 * A parallel corpus by name, such as `de-en`: fetched, aligned, filtered, divided by page. Both directions of a pair of
 * languages have the same division. `Usage` for an unknown name, `Fetch` when it cannot be fetched.
 *
 * @example
 * import { nodeDataServices } from './services.ts'
 * const germanToEnglish = parallelCorpus(nodeDataServices())('de-en')
 */
export const parallelCorpus =
  (services: DataServices) =>
  (name: string): TE.TaskEither<Failure, ParallelCorpus> => {
    const found = Object.hasOwn(parallelKinds, name) ? parallelKinds[name] : undefined
    if (found === undefined) return TE.left(unknown(name))
    const [kind, cached, turn] = found
    return pipe(
      prepared(services.cache, `${cached}-${kind.revision}`, pairCodec)(make(services, kind)),
      TE.map(({ items, sha256 }) => ({
        ...mapSplits((part: readonly Pair[]) => (turn === 'turned' ? part.map(turned) : part))(dividePairs(items)),
        name,
        title: kind.title,
        licence: [...new Set(kind.packages.map(({ licence }) => licence))].join('; '),
        sha256,
      })),
    )
  }
