/**
 * An E-ARM experiment as plain text: the comparison, the sentence on the paper's direction, the cost, the diagnostics.
 */
import type { EArmResults } from '../systems/e-arm/experiment-results.ts'
import {
  costSentence,
  eArmHeadline,
  eArmSetting,
  energyHead,
  energyRows,
  paperSentence,
  seedHead,
  seedRows,
} from './earm-summary.ts'
import { type Alignment, textTable } from './text-table.ts'

const numbers = (head: readonly string[]): readonly Alignment[] => head.map((_, i) => (i === 0 ? 'left' : 'right'))

/** The final summary of an experiment, ready to print. */
export const eArmText = (results: EArmResults): string =>
  [
    '',
    eArmSetting(results),
    '',
    `Test ${results.measure}:`,
    ...textTable(numbers(seedHead))(seedHead, seedRows(results)),
    '',
    eArmHeadline(results),
    ...[paperSentence(results.options), costSentence(results)].filter((line) => line !== ''),
    '',
    'In the last epoch:',
    ...textTable(numbers(energyHead))(energyHead, energyRows(results)),
    '',
    `${(results.seconds / 60).toFixed(1)} min on ${results.adapter}.`,
    '',
  ].join('\n')
