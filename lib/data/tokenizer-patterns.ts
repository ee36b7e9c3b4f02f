/** The regular expressions in a `tokenizer.json`: few, and each comes to an end. */
import { type Failure, failure } from '../errors.ts'
import { slowPattern } from './pattern-guard.ts'

/** The most regular expressions in a file. */
const MOST_PATTERNS = 64

/** Every regular expression in a file: `{"Regex": pattern}` at any depth. */
export const patternsOf = (value: unknown): readonly string[] => {
  const found = new Set<string>()
  const queue: unknown[] = [value]
  while (queue.length > 0) {
    const next = queue.pop()
    if (typeof next !== 'object' || next === null) continue
    if ('Regex' in next && typeof next.Regex === 'string') found.add(next.Regex)
    for (const each of Object.values(next)) if (typeof each === 'object') queue.push(each)
  }
  return [...found]
}

/** What is wrong with the patterns; `undefined` when nothing is. */
export const patternsFailure = (patterns: readonly string[]): Failure | undefined =>
  patterns.length > MOST_PATTERNS
    ? failure('Format', `tokenizer.json: ${patterns.length} regular expressions`, `give at most ${MOST_PATTERNS}`)
    : slowPattern(patterns)
