/** The laws of executors as comparisons, for runtimes that have no test framework. */
import { type ExecutorSubject, executorLaws } from '../lib/laws/executor.ts'
import { complaintsOf } from '../lib/laws/law.ts'
import type { Comparison } from './webgpu/operation-comparisons.ts'

/** Each law as a comparison of an executor that is given; `open` opens another of its kind. */
export const lawComparisons = (open: ExecutorSubject['shared']): readonly Comparison[] =>
  executorLaws({ shared: open }).map(({ title }, i) => ({
    title,
    complaints: (executor) =>
      complaintsOf(executorLaws({ shared: () => Promise.resolve(executor), open }).slice(i, i + 1)),
  }))
