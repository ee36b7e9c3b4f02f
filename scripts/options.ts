/** Writes docs/options.md, the table of every option. */
import { writeFileSync } from 'node:fs'
import { optionsPage } from '../specs/options.ts'

writeFileSync(new URL('../docs/options.md', import.meta.url), optionsPage())
