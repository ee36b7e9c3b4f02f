/** The programs of specs/portable/: each ends with 0, or with 1 where something is wrong, or with 3 where there is no adapter. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = 'specs/portable'

/** Their paths from the project's root; names that start with `_` are parts of others. */
export const portablePrograms: readonly string[] = readdirSync(fileURLToPath(new URL('portable', import.meta.url)))
  .filter((name) => name.endsWith('.ts') && !name.startsWith('_'))
  .sort()
  .map((name) => `${folder}/${name}`)

/** The program that says which adapter there is. */
export const adapterProgram: string = `${folder}/_adapter.ts`

/** What a program ends with where there is no adapter that passes the self test. */
export const NO_ADAPTER = 3
