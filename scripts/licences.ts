/**
 * The licences of everything that an installation brings, from the lock file: `npm run licences` writes docs/licences.md. What is
 * needed for development alone is not in the package and not listed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import { decodeJson } from '../lib/codec/json.ts'
import { right } from '../lib/outcome.ts'

const lockCodec = t.type({
  packages: t.record(
    t.string,
    t.partial({
      version: t.string,
      license: t.string,
      dev: t.boolean,
      devOptional: t.boolean,
      optional: t.boolean,
      peer: t.boolean,
    }),
  ),
})

/** A package that is installed, and under which licence. */
export interface Licensed {
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly optional: boolean
}

/** Packages of a lock file that are installed with the package, by name and version. */
export const licensed = (lockFile: string): readonly Licensed[] =>
  Object.entries(right(decodeJson(lockCodec, 'package-lock.json')(lockFile)).packages)
    .filter(([path, { dev, peer }]) => path !== '' && dev !== true && peer !== true)
    .map(([path, { version = '', license = 'unknown', optional, devOptional }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
      optional: optional === true || devOptional === true,
    }))
    .sort((a, b) => `${a.name} ${a.version}`.localeCompare(`${b.name} ${b.version}`, 'en'))

/** Licences under which an MIT package may bring others. */
export const PERMISSIVE: ReadonlySet<string> = new Set([
  '(MIT OR CC0-1.0)',
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'MPL-2.0',
  'Unlicense',
])

/** The page. */
export const licencesPage = (all: readonly Licensed[]): string =>
  [
    '# Licences of the dependencies',
    '',
    'exptilt is under the MIT licence. `npm install` brings these packages with it; `--omit=optional` leaves the optional ones out.',
    'Corpora and word lists are fetched, never packed: `npx exptilt data list` names their licences, and [cmudict.md](cmudict.md) that of',
    'the pronunciations. The site that is packed (`dist/site`) holds scripts of CodeMirror and Lezer (Marijn Haverbeke), sucrase (Alan',
    'Pierce), dagre (Chris Pettitt), fast-check (Nicolas Dubien), protobufjs (Daniel Wirtz) and ONNX Runtime (Microsoft): all MIT, but protobufjs',
    'BSD-3-Clause. The bundle that Node loads (`dist/bundle`) holds parts of fp-ts and io-ts (Giulio Canti), refa (Michael Schmidt) and regexpp',
    '(Toru Nagashima): MIT. Written by `npm run licences`.',
    '',
    '| package | version | licence | optional |',
    '|--|--|--|--|',
    ...all.map(
      ({ name, version, licence, optional }) => `| ${name} | ${version} | ${licence} | ${optional ? 'yes' : ''} |`,
    ),
    '',
  ].join('\n')

const root = new URL('../', import.meta.url)

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(
    new URL('docs/licences.md', root),
    licencesPage(licensed(readFileSync(new URL('package-lock.json', root), 'utf8'))),
  )
