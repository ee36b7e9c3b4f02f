/**
 * Exit codes: 0 done, 1 the work failed, 2 wrong input (one sentence on stderr, nothing written), 130 interrupted.
 */
import { describeFailure, type Failure, type FailureTag } from '../errors.ts'

/** The exit code of each kind of failure: 2 where the person who typed the command can put it right. */
const exitCodes: Readonly<Record<FailureTag, 1 | 2 | 130>> = {
  Usage: 2,
  File: 2,
  InUse: 2,
  Format: 2,
  Checkpoint: 2,
  Automaton: 2,
  NotTight: 2,
  Diverges: 2,
  Support: 2,
  NoAdapter: 2,
  SelfTest: 2,
  Domain: 2,
  Fetch: 1,
  Storage: 1,
  Shape: 1,
  Index: 1,
  DType: 1,
  Boundary: 1,
  RejectionBudget: 1,
  BadEnvelope: 1,
  Limit: 1,
  OutOfMemory: 1,
  DeviceLost: 1,
  WorkerLost: 1,
  Queue: 1,
  ShaderCompilation: 1,
  Runtime: 1,
  Law: 1,
  NonFinite: 1,
  Feed: 1,
  Interrupted: 130,
}

/** The exit code of a failure. */
export const exitCodeOf = ({ tag }: Failure): 1 | 2 | 130 => exitCodes[tag]

/** Whether a failure is the caller's to put right. */
export const isWrongInput = (failure: Failure): boolean => exitCodeOf(failure) === 2

const general: ReadonlySet<FailureTag> = new Set([
  'Usage',
  'File',
  'Storage',
  'InUse',
  'NoAdapter',
  'SelfTest',
  'DeviceLost',
  'WorkerLost',
  'Queue',
  'Interrupted',
])

/** Whether a failure of one cell of a sweep would meet every other cell too, so that going on is pointless. */
export const stopsSweep = ({ tag }: Failure): boolean => general.has(tag)

/** Prints a failure as one sentence through `warn`; its exit code. */
export const refuse = ({ warn }: { readonly warn: (text: string) => void }, found: Failure): number => {
  warn(`${describeFailure(found)}\n`)
  return exitCodeOf(found)
}
