/**
 * A program of what a system does most, by which `--workers auto` chooses: scores of rows of its model.
 */
import type { Program } from '../executor.ts'
import type { Autoregressive } from '../models/autoregressive.ts'
import { type RowShape, scoreProgram } from '../models/language-programs.ts'
import { parameterCount } from '../models/parameters.ts'

/** Multiplications of the program that is timed, about: some tens of milliseconds on a core. */
const WORK = 1e9

/** The work that is timed: scores of rows of a model, as many as are done in some tens of milliseconds; of a large one the first tokens. */
export const rowsWork = (model: Autoregressive, rows: RowShape): Program => {
  const tokens = Math.max(1, Math.ceil(WORK / parameterCount(model.parameters)))
  const time = Math.min(rows.time, tokens)
  return scoreProgram(model, { batch: Math.max(1, Math.min(rows.batch, Math.floor(tokens / time))), time })
}
