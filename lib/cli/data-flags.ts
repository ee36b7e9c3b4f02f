/** What `exptilt data …` says, as records. */

/** Flags of `exptilt data list`. */
export interface DataListFlags {
  readonly kind: 'data-list'
  readonly json: boolean
}

/** Flags of `exptilt data fetch`. */
export interface DataFetchFlags {
  readonly kind: 'data-fetch'
  readonly names: readonly string[]
  readonly json: boolean
}

/** Flags of `exptilt data prepare`. */
export interface DataPrepareFlags {
  readonly kind: 'data-prepare'
  /** A corpus or a file; a parallel corpus or two files. */
  readonly names: readonly string[]
  readonly tokenizer: string | undefined
  readonly symbols: number | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** Flags of every `exptilt data` command. */
export type DataFlags = DataListFlags | DataFetchFlags | DataPrepareFlags
