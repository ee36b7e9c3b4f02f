/**
 * The contract of executors (lib/checked.ts) as laws: names, lengths and values, the order of calls that are made at once, whose
 * the arrays are, release, typed failures; and sequences of calls at random against a model in plain numbers.
 */
import { callLaws } from './executor/calls.ts'
import type { ExecutorLaw, Open } from './executor/fixture.ts'
import { modelLaws } from './executor/model.ts'
import { nameLaws } from './executor/names.ts'
import { releaseLaws } from './executor/release.ts'
import { type Law, titled } from './law.ts'

const all: readonly ExecutorLaw[] = [...nameLaws, ...callLaws, ...releaseLaws, ...modelLaws]

/** An executor that all laws share, and how to open another of its kind, which a law releases. */
export interface ExecutorSubject {
  readonly shared: Open
  /** `shared` by default: then that should open a new one each time. */
  readonly open?: Open
}

/**
 * The laws of an executor.
 *
 * @example
 * import { reference } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const found = laws.executor({ shared: () => Promise.resolve(reference) })
 * laws.complaintsOf(found.slice(0, 1)) // => []
 */
export const executorLaws = ({ shared, open = shared }: ExecutorSubject): readonly Law[] =>
  all.map(({ title, check }) => titled(title, async () => check(await shared(), open)))
