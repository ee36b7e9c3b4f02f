/**
 * Other programs as effects: run one, read what it prints, and a failure that says which program is missing or what it
 * complained about. Specs put their own function in its place.
 */
import { execFile } from 'node:child_process'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../errors.ts'

/** How a program is run. */
interface ProgramOptions {
  /** The folder it runs in; the current one unless given. */
  readonly folder?: string
  /** Variables added to the environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** What to do when the program is not there or fails. */
  readonly remedy: string
}

/** Runs a program and gives what it prints on stdout; left `Fetch` names the program and its last complaint. */
export type RunProgram = (
  program: string,
  parameters: readonly string[],
  options: ProgramOptions,
) => TE.TaskEither<Failure, string>

const MINUTES = 15
const LARGEST_OUTPUT = 2 ** 28

const complaint = (stderr: string): string =>
  stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('W:'))
    .slice(-3)
    .join('; ')
    .slice(0, 400)

const whatWentWrong = (program: string, error: Error, stderr: string): string => {
  if ('code' in error && error.code === 'ENOENT') return `the program ${program} is not on this machine`
  if ('killed' in error && error.killed === true) return `${program} did not end within ${MINUTES} minutes`
  return `${program} failed (${complaint(stderr) || error.message.split('\n')[0] || 'no message'})`
}

/** Runs programs of this machine without a shell; each is stopped after 15 minutes. */
export const runProgram: RunProgram = (program, parameters, options) => () =>
  new Promise((resolve) => {
    const settings = {
      encoding: 'utf8',
      maxBuffer: LARGEST_OUTPUT,
      timeout: MINUTES * 60_000,
      ...(options.folder === undefined ? {} : { cwd: options.folder }),
      env: { ...process.env, ...options.environment },
    } as const
    execFile(program, parameters, settings, (error, stdout, stderr) => {
      resolve(
        error === null
          ? E.right(stdout)
          : E.left(failure('Fetch', whatWentWrong(program, error, stderr), options.remedy, { program, parameters })),
      )
    })
  })
