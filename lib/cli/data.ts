/**
 * `exptilt data`: what can be fetched, fetching it, and preparing tokens to train on.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { deaf } from '../breath.ts'
import { catalogue, type CatalogueEntry, licenceOf, PHONE_TRIGRAM } from '../data/catalogue.ts'
import { phoneTrigram } from '../data/corpora/phone-trigram.ts'
import { corpus } from '../data/corpus.ts'
import { splitNames, type Splits } from '../data/documents.ts'
import { packageFolder } from '../data/fetch.ts'
import { makeFolder, present } from '../data/files.ts'
import { imageSet } from '../data/images.ts'
import { parallelCorpus } from '../data/parallel.ts'
import { type DataServices, nodeDataServices } from '../data/services.ts'
import { type Failure, failure } from '../errors.ts'
import type { DataFetchFlags, DataFlags, DataListFlags } from './data-flags.ts'
import { prepareData } from './data-prepare.ts'
import { type Facts, factTable, listTable } from './data-text.ts'
import { refuse } from './exit.ts'
import { leaving } from './interrupt.ts'
import { withLocks } from './lock.ts'
import type { World } from './world.ts'

/** Text to print: the table, or the object of `--json`. */
export interface Printed {
  readonly table: string
  readonly json: unknown
}

const isFetched =
  ({ cache }: DataServices) =>
  ({ packages }: CatalogueEntry): TE.TaskEither<Failure, boolean> =>
    pipe(
      packages,
      TE.traverseArray((source) => present(packageFolder(cache, source))),
      TE.map((there) => there.every(Boolean)),
    )

const list = (services: DataServices, _flags: DataListFlags): TE.TaskEither<Failure, Printed> =>
  pipe(
    catalogue,
    TE.traverseArray((entry) =>
      pipe(
        isFetched(services)(entry),
        TE.map((fetched) => ({
          name: entry.name,
          kind: entry.kind,
          title: entry.title,
          licence: licenceOf(entry),
          needs: [...new Set(entry.packages.map(({ manager }) => manager))],
          fetched,
        })),
      ),
    ),
    TE.map((rows) => ({ table: listTable(services.cache, rows), json: { cache: services.cache, data: rows } })),
  )

const counted = (what: string, splits: Splits<readonly unknown[]>): Readonly<Record<string, number>> =>
  Object.fromEntries(splitNames.map((part) => [`${part} ${what}`, splits[part].length]))

const imageCounts = (splits: Splits<{ readonly count: number }>): Readonly<Record<string, number>> =>
  Object.fromEntries(splitNames.map((part) => [`${part} images`, splits[part].count]))

/** A set of images: how many there are in each part, their size and their levels. */
const imageFacts = (services: DataServices, name: string): TE.TaskEither<Failure, Facts> =>
  pipe(
    imageSet(services)(name),
    TE.map(({ licence, image: { height, width, channels, levels }, training, validation, test }) => ({
      name,
      licence,
      notes: [`${height} × ${width} pixels, ${channels} ${channels === 1 ? 'channel' : 'channels'}, ${levels} levels`],
      counts: imageCounts({ training, validation, test }),
    })),
  )

const fetchOne =
  (services: DataServices) =>
  (name: string): TE.TaskEither<Failure, Facts> => {
    const entry = catalogue.find((each) => each.name === name)
    if (entry === undefined)
      return TE.left(
        failure('Usage', `there is no data '${name}'`, `use one of ${catalogue.map((each) => each.name).join(', ')}`, {
          name,
        }),
      )
    if (name === PHONE_TRIGRAM)
      return pipe(
        phoneTrigram(services),
        TE.map(({ entries }) => ({
          name,
          licence: licenceOf(entry),
          counts: Object.fromEntries(entries.map(({ length }, i) => [`${i + 1}-grams`, length] as const)),
        })),
      )
    if (entry.kind === 'images') return imageFacts(services, name)
    return entry.kind === 'parallel'
      ? pipe(
          parallelCorpus(services)(name),
          TE.map(({ licence, sha256, training, validation, test }) => ({
            name,
            licence,
            sha256,
            counts: counted('pairs', { training, validation, test }),
          })),
        )
      : pipe(
          corpus(services)(name),
          TE.map(({ licence, sha256, notes, training, validation, test }) => ({
            name,
            licence,
            sha256,
            notes,
            counts: counted('documents', { training, validation, test }),
          })),
        )
  }

const fetchAll = (services: DataServices, { names }: DataFetchFlags): TE.TaskEither<Failure, Printed> =>
  names.length === 0
    ? TE.left(failure('Usage', 'no name is given', 'name what to fetch, for example exptilt data fetch english'))
    : pipe(
        names,
        TE.traverseSeqArray(fetchOne(services)),
        TE.map((facts) => ({ table: factTable(facts), json: { cache: services.cache, data: facts } })),
      )

const answer =
  (services: DataServices) =>
  (flags: DataFlags): TE.TaskEither<Failure, Printed> => {
    switch (flags.kind) {
      case 'data-list':
        return list(services, flags)
      case 'data-fetch':
        return fetchAll(services, flags)
      case 'data-prepare':
        return prepareData(services, flags)
    }
  }

/** The folder that a command fills, made and taken while it does: the cache, or that of `--out`. */
const inFolders = (
  services: DataServices,
  flags: DataFlags,
): (<A>(work: TE.TaskEither<Failure, A>) => TE.TaskEither<Failure, A>) => {
  const folder = flags.kind === 'data-fetch' ? services.cache : flags.kind === 'data-prepare' ? flags.out : undefined
  return (work) =>
    folder === undefined
      ? work
      : pipe(
          makeFolder(folder),
          TE.chain(() => withLocks([folder])(work)),
        )
}

/** Runs `exptilt data …` and gives its exit code. */
export const dataCommand =
  (world: World, services: DataServices = nodeDataServices(world.progress)) =>
  async (flags: DataFlags): Promise<number> => {
    const done = await leaving(world, deaf(inFolders(services, flags)(answer(services)(flags))))
    if (E.isLeft(done)) return refuse(world, done.left)
    world.write(flags.json ? `${JSON.stringify(done.right.json, null, 2)}\n` : done.right.table)
    return 0
  }
