/** docs/options.md is what the tables of settings say. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { optionsPage } from '../scripts/options.ts'

it('the page of options is that of the tables: `npm run options` writes it anew', () => {
  expect(readFileSync(new URL('../docs/options.md', import.meta.url), 'utf8')).toBe(optionsPage())
})

it('it has a row for every flag of every experiment, and a cell for every column', () => {
  const rows = optionsPage()
    .split('\n')
    .filter((line) => line.startsWith('| `--'))
  expect(rows.length).toBeGreaterThan(120)
  for (const row of rows) expect(row.split(/(?<!\\)\|/u)).toHaveLength(6)
})
