/** Small packages for specs: an npm archive made here, and services whose programs are functions. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type RunProgram, runProgram } from '../../lib/data/process.ts'
import type { DataServices } from '../../lib/data/services.ts'
import { describeFailure, type Failure, failure } from '../../lib/errors.ts'
import { silentProgress } from '../../lib/progress.ts'

/** Calls `use` with a new folder and removes it afterwards. */
export const inFolder = async <A>(use: (folder: string) => Promise<A>): Promise<A> => {
  const folder = mkdtempSync(join(tmpdir(), 'exptilt-data-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Writes files, folders included. */
export const writeFiles = (folder: string, files: Readonly<Record<string, string | Uint8Array>>): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
}

/** An npm archive of some files. */
export const archiveOf = (folder: string, files: Readonly<Record<string, string | Uint8Array>>): string => {
  writeFiles(join(folder, 'made'), files)
  const path = join(folder, 'made.tgz')
  execFileSync('tar', [
    '-czf',
    path,
    '-C',
    join(folder, 'made'),
    ...new Set(Object.keys(files).map((f) => f.split('/')[0] ?? f)),
  ])
  return path
}

/** Services whose `npm pack` is `pack`, called with the destination; tar is the real one; every call is noted. */
export const servicesWith = (
  cache: string,
  pack: (destination: string) => void,
  calls: string[] = [],
): DataServices => {
  const run: RunProgram = (program, parameters, options) => {
    calls.push([program, ...parameters].join(' '))
    if (program === 'tar') return runProgram(program, parameters, options)
    return program === 'npm'
      ? TE.fromIO(() => {
          pack(parameters[3] ?? '')
          return ''
        })
      : TE.left(failure('Fetch', `the program ${program} is not on this machine`, options.remedy))
  }
  return { cache, run, progress: silentProgress }
}

/** What is right, or an error that shows the failure. */
export const right = <A>(found: E.Either<Failure, A>): A => {
  if (E.isLeft(found)) throw new Error(describeFailure(found.left))
  return found.right
}

/** The failure. */
export const left = <A>(found: E.Either<Failure, A>): Failure => {
  if (E.isRight(found)) throw new Error('this should have failed')
  return found.left
}
