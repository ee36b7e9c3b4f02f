/**
 * What runs on every runtime's WebGPU: the comparisons of specs/portable/, all in one process on one device, and beside them the program
 * that compiles every shader. Each process ends with 0, or with 1 where something is wrong, or with 3 where there is no adapter.
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = 'specs/portable'

/** Compiles every shader. */
export const compileProgram: string = `${folder}/compile.ts`

/** All comparisons on this runtime's device, and on one with the limits and features that every device has. */
export const comparingPrograms: Readonly<Record<'default' | 'baseline', string>> = {
  default: `${folder}/_default.ts`,
  baseline: `${folder}/_baseline.ts`,
}

/** The files of comparisons; names that start with `_` are parts of others. */
export const comparisonFiles: readonly string[] = readdirSync(fileURLToPath(new URL('portable', import.meta.url)))
  .filter((name) => name.endsWith('.ts') && !name.startsWith('_') && name !== 'compile.ts')
  .map((name) => name.replace('.ts', ''))
  .sort()

/** What is said of one file's comparisons, the verdict last; all that was said where they were not reached. */
export const saidOf = (output: string, file: string): string => {
  const start = output.indexOf(`# ${file}\n`)
  return start < 0 ? `${file} was not reached: ${output}` : (output.slice(start).split('\n# ')[0] ?? '').trim()
}

/** How it ends where no comparison differs. */
export const AGREE = /\n\d+ comparisons agree$/u

/** The program that says which adapter there is. */
export const adapterProgram: string = `${folder}/_adapter.ts`

/** What a program ends with where there is no adapter that passes the self test. */
export const NO_ADAPTER = 3
