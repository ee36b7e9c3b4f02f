/**
 * What a paper claims, and whether a run bears it out: it holds, it does not, or it cannot be told, with what it would take.
 */
import { column, type Document, heading, table, type Table } from './document.ts'

/** A claim, whether it was found, in words how sure that is, and the numbers, or what it would take to have them. */
export interface Claim {
  readonly claim: string
  readonly holds: boolean
  readonly verdict: string
  readonly numbers: string
}

/** A difference and its standard error. */
export interface Difference {
  readonly value: number
  readonly standardError: number
}

/**
 * What holds, but by no more than twice its error or on a log Z that is in doubt, is said not to be certain; what was not found, but is
 * not behind by more than twice the error either, cannot be told.
 */
export const verdictOf = (holds: boolean, difference: Difference | undefined, reliable: boolean): string => {
  if (!holds)
    return difference === undefined || difference.value < -2 * difference.standardError
      ? 'does not hold'
      : 'cannot be told'
  if (difference !== undefined && !(difference.value > 2 * difference.standardError))
    return 'holds, within twice the error'
  return reliable ? 'holds' : 'holds, with log Z in doubt'
}

/** A claim that this run says nothing of, and what would. */
export const untold = (claim: string, takes: string): Claim => ({
  claim,
  holds: false,
  verdict: 'cannot be told',
  numbers: takes,
})

/** What a table of claims shows of one, with the part of the paper that it stands in where that is said. */
export type ClaimRow = Omit<Claim, 'holds'> & { readonly paper?: string }

/** Claims as a table; `numbers` is the heading of its last column. */
export const claimTable = (title: string, claims: readonly ClaimRow[], numbers = ''): Table =>
  table(title, claims, [
    column('claim', ({ claim }) => claim),
    column('paper', ({ paper }) => paper),
    column('verdict', ({ verdict }) => verdict),
    column(numbers, (row) => row.numbers),
  ])

/** The claims of a paper under their heading; nothing where there are none. */
export const claimBlocks = (whose: string, claims: readonly Claim[]): Document =>
  claims.length === 0 ? [] : [heading(`${whose} claims here`), claimTable('What is claimed of the models', claims)]
