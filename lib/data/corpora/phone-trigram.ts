/**
 * A real n-gram model: CMU Sphinx's phone trigram of American English (Debian's pocketsphinx-en-us, BSD-2-Clause),
 * converted to ARPA by Sphinx's own converter, which is fetched too when it is not installed.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Arpa, parseArpa } from '../../codec/arpa.ts'
import { type Failure, failure } from '../../errors.ts'
import { fetchSource } from '../fetch.ts'
import { fileEffect, fillFolder, present, readBytes } from '../files.ts'
import type { DataServices } from '../services.ts'
import { sources } from '../sources.ts'

const MODEL = join('usr', 'share', 'pocketsphinx', 'model', 'en-us', 'en-us-phone.lm.bin')

const remedy = 'install the converter: apt-get install sphinxbase-utils'

const convert =
  (services: DataServices, model: string, into: string) =>
  (program: string, libraries?: string): TE.TaskEither<Failure, string> =>
    services.run(program, ['-i', model, '-ifmt', 'bin', '-o', join(into, 'phone.arpa'), '-ofmt', 'arpa'], {
      remedy,
      ...(libraries === undefined ? {} : { environment: { LD_LIBRARY_PATH: libraries } }),
    })

/** The folder with the shared library, below usr/lib of an unpacked package. */
const libraryFolder = (folder: string): TE.TaskEither<Failure, string> => {
  const root = join(folder, 'usr', 'lib')
  return pipe(
    fileEffect('list', root, () => readdir(root)),
    TE.chainEitherK(([only]) =>
      only === undefined
        ? E.left(failure('File', `${root} is empty`, 'delete the folder above it, and fetch again', { path: root }))
        : E.right(join(root, only)),
    ),
  )
}

const convertFetched = (services: DataServices, model: string, into: string): TE.TaskEither<Failure, string> =>
  pipe(
    TE.Do,
    TE.apS('tools', fetchSource(services)(sources.sphinxTools)),
    TE.apS('library', fetchSource(services)(sources.sphinxLibrary)),
    TE.bind('libraries', ({ library }) => libraryFolder(library.folder)),
    TE.chain(({ tools, libraries }) =>
      convert(services, model, into)(join(tools.folder, 'usr', 'bin', 'sphinx_lm_convert'), libraries),
    ),
  )

const make = (services: DataServices, target: string): TE.TaskEither<Failure, void> =>
  pipe(
    fetchSource(services)(sources.phoneModel),
    TE.chain(({ folder }) =>
      fillFolder(target, (into) =>
        pipe(
          convert(services, join(folder, MODEL), into)('sphinx_lm_convert'),
          TE.orElse(() => convertFetched(services, join(folder, MODEL), into)),
          TE.map(() => undefined),
        ),
      ),
    ),
  )

/**
 * The phone trigram: 43 unigrams (39 phones, silence `SIL`, begin, end, unknown), 1 509 bigrams, 21 837 trigrams. `Fetch`
 * when the package or the converter cannot be had.
 */
export const phoneTrigram = (services: DataServices): TE.TaskEither<Failure, Arpa> => {
  const target = join(services.cache, 'prepared', 'phone-trigram-1')
  const file = join(target, 'phone.arpa')
  return pipe(
    present(file),
    TE.chain((there) => (there ? TE.right(undefined) : make(services, target))),
    TE.chain(() => readBytes(file)),
    TE.chainEitherK((bytes) => parseArpa(Buffer.from(bytes).toString('utf8'))),
  )
}
