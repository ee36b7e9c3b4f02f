/**
 * Words of a text as the metrics count them: the "13a" rules of the WMT evaluations (mteval-v13a, as sacreBLEU applies
 * them; Post 2018), and the lower-case words of ROUGE.
 */

/** Punctuation that always stands alone: the ASCII marks except `'`, `,`, `-` and `.`. */
const MARKS = /([{-~[-` -&(-+:-@/])/g

const unescaped = (text: string): string =>
  text
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')

/**
 * The words of a line by the 13a rules: marks stand alone, full stops and commas unless inside a number, dashes after a
 * digit.
 *
 * @example
 * words13a('Hello, world!') // => ['Hello', ',', 'world', '!']
 */
export const words13a = (line: string): readonly string[] =>
  ` ${unescaped(line)} `
    .replace(MARKS, ' $1 ')
    .replace(/([^0-9])([.,])/g, '$1 $2 ')
    .replace(/([.,])([^0-9])/g, ' $1 $2')
    .replace(/([0-9])(-)/g, '$1 $2 ')
    .split(/\s+/)
    .filter((word) => word !== '')

/**
 * The words of a line, split at white space only.
 *
 * @example
 * wordsAsTheyAre('Hello, world!') // => ['Hello,', 'world!']
 */
export const wordsAsTheyAre = (line: string): readonly string[] => line.split(/\s+/).filter((word) => word !== '')

/**
 * Runs of letters and digits in lower case: the words of ROUGE.
 *
 * @example
 * lowerCaseWords('Hello, World!') // => ['hello', 'world']
 */
export const lowerCaseWords = (line: string): readonly string[] => line.toLowerCase().match(/[a-z0-9]+/g) ?? []
