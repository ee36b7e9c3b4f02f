/**
 * What is measured and what comes back: a job runs in a process of its own and prints one outcome as its last line.
 */

/** Settings of a job, passed to its process as JSON. */
export type Settings = Readonly<Record<string, string | number>>

/** One measurement of one contestant. `work` is what one execution does, in the unit of `rate` times 1 000. */
export interface Job {
  readonly group: string
  readonly case: string
  readonly contestant: string
  readonly runner: 'tsx' | 'python'
  readonly task: string
  readonly settings: Settings
  readonly work?: number
  readonly rate?: string
  /** Processes to start one after the other, where only a fresh process measures honestly; 1 by default. */
  readonly processes?: number
}

/** What a process reports: milliseconds of each repeat, and facts worth a note. */
export interface Outcome {
  readonly times: readonly number[]
  readonly facts: Readonly<Record<string, string | number>>
}

/** A row of the table; `error` says why there are no times. */
export interface Row {
  readonly machine: string
  readonly date: string
  readonly group: string
  readonly case: string
  readonly contestant: string
  readonly best: number | null
  readonly median: number | null
  readonly repeats: number
  readonly rate: number | null
  readonly rateUnit: string
  readonly note: string
}
