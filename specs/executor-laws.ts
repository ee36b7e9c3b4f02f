/**
 * The contract of executors (lib/checked.ts) as laws, without a test framework, so that every runtime can check them:
 * names, lengths and values, the order of calls that are made at once, whose the arrays are, release, typed failures; and
 * sequences of calls at random against a model in plain numbers.
 */
import { callLaws } from './executor-laws/calls.ts'
import type { Law, Open } from './executor-laws/fixture.ts'
import { modelLaws } from './executor-laws/model.ts'
import { nameLaws } from './executor-laws/names.ts'
import { releaseLaws } from './executor-laws/release.ts'
import type { Comparison } from './webgpu/operation-comparisons.ts'

/** All laws. */
export const executorLaws: readonly Law[] = [...nameLaws, ...callLaws, ...releaseLaws, ...modelLaws]

/** The laws as comparisons, whose complaints are what breaks them. */
export const lawComparisons = (open: Open): readonly Comparison[] =>
  executorLaws.map(({ title, check }) => ({
    title,
    complaints: (executor) =>
      check(executor, open).then(
        () => [],
        (thrown: unknown) => [thrown instanceof Error ? thrown.message : String(thrown)],
      ),
  }))
