/**
 * What fetching and preparing data needs of the machine: a cache folder, other programs, and somebody to tell.
 */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type Progress, silentProgress } from '../progress.ts'
import { type RunProgram, runProgram } from './process.ts'

/** The machine as the data commands see it. */
export interface DataServices {
  /** The folder of fetched archives and prepared text, outside any repository. */
  readonly cache: string
  readonly run: RunProgram
  readonly progress: Progress
}

type Environment = Readonly<Record<string, string | undefined>>

/** Says that compiled programs are not kept. */
const OFF = 'off'

/**
 * The cache folder: `$EXPTILT_CACHE` (where that is no `off`), else `$XDG_CACHE_HOME/exptilt`, else `~/.cache/exptilt`.
 *
 * @example
 * cacheFolder({ EXPTILT_CACHE: '/data/exptilt' }, '/home/me')   // '/data/exptilt'
 */
export const cacheFolder = (environment: Environment, home: string): string => {
  const { EXPTILT_CACHE: own = '', XDG_CACHE_HOME: shared = '' } = environment
  return own !== '' && own !== OFF ? own : join(shared !== '' ? shared : join(home, '.cache'), 'exptilt')
}

/** Where commands keep compiled programs: in the cache folder; nowhere where `EXPTILT_CACHE` is `off`. */
export const programFolder = (environment: Environment, home: string): string | undefined =>
  environment['EXPTILT_CACHE'] === OFF ? undefined : join(cacheFolder(environment, home), 'programs')

/**
 * This machine's services, silent unless a progress is given.
 *
 * @example
 * import { silentProgress } from 'exptilt'
 * nodeDataServices(silentProgress).progress === silentProgress // => true
 */
export const nodeDataServices = (progress: Progress = silentProgress): DataServices => ({
  cache: cacheFolder(process.env, homedir()),
  run: runProgram,
  progress,
})
