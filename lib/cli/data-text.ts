/** The tables of `exptilt data`. */
import { textTable } from '../report/text-table.ts'
import { grouped } from '../report/units.ts'

/** A row of `exptilt data list`. */
interface ListRow {
  readonly name: string
  readonly kind: string
  readonly title: string
  readonly licence: string
  readonly needs: readonly string[]
  readonly fetched: boolean
}

/** What is said of a fetched or prepared corpus; counts are by part or by kind. */
export interface Facts {
  readonly name: string
  readonly licence: string
  readonly sha256?: string
  readonly notes?: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

/** The table of `exptilt data list`. */
export const listTable = (cache: string, rows: readonly ListRow[]): string => {
  const cells = rows.map(({ name, kind, title, licence, needs, fetched }) => [
    name,
    kind,
    fetched ? 'yes' : 'no',
    needs.join(', '),
    licence,
    title,
  ])
  const alignments = ['left', 'left', 'left', 'left', 'left', 'left'] as const
  const table = textTable(alignments)(['name', 'kind', 'fetched', 'from', 'licence', ''], cells)
  return `\n${table.join('\n')}\n\nkept in ${cache} (set EXPTILT_CACHE for another folder)\n\n`
}

const factLines = ({ name, licence, sha256, notes = [], counts }: Facts): readonly string[] => [
  '',
  name,
  ...textTable(['left', 'right'])(
    ['', ''],
    Object.entries(counts).map(([what, n]) => [what, grouped(n)]),
  ).slice(2),
  licence,
  ...(sha256 === undefined ? [] : [`SHA-256 ${sha256}`]),
  ...notes,
]

/** Counts, licence and checksum of each. */
export const factTable = (all: readonly Facts[]): string => `${all.flatMap(factLines).join('\n')}\n\n`

/** Counts by part: one row a part, one column a kind of count. */
export const partTable = (
  kinds: readonly string[],
  parts: readonly (readonly [name: string, counts: readonly number[]])[],
): readonly string[] =>
  textTable(['left', ...kinds.map(() => 'right' as const)])(
    ['', ...kinds],
    parts.map(([name, counts]) => [name, ...counts.map(grouped)]),
  )
