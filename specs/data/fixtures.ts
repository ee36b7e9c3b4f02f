/** Small packages for specs: an npm archive made here, and services whose programs are functions. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type RunProgram, runProgram } from '../../lib/data/process.ts'
import type { DataServices } from '../../lib/data/services.ts'
import { failure } from '../../lib/errors.ts'
import { silentProgress } from '../../lib/progress.ts'
import { writeFiles } from '../folder.ts'

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
