/**
 * `npm run accuracy`: measures the largest error of every elementary operation, reduction and fused operation on each executor,
 * prints it beside the stated bound, and writes docs/accuracy.md. Exit code 1 when a bound is broken.
 *
 * `npm run accuracy -- --quick` measures fewer arguments and shorter sums, and writes nothing; `--only dot,exp` measures these (and their gradients) alone and
 * leaves the other rows of the page as they are.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import type { Executor } from '../lib/executor.ts'
import { openOnnx } from '../lib/onnx.ts'
import { openWebGpu } from '../lib/webgpu.ts'
import { elementaryError, type Finding, knownPoints, referenceError, sumError, sumNames } from '../specs/accuracy.ts'
import { allowed, elementary, type Where } from '../specs/accuracy-bounds.ts'

const quick = process.argv.includes('--quick')
const only = process.argv.includes('--only') ? (process.argv.at(-1) ?? '').split(',') : undefined
const PAGE = new URL('../docs/accuracy.md', import.meta.url)
/** The rows of the page as it is, by section and name. */
const before = new Map(
  readFileSync(PAGE, 'utf8')
    .split('\n### ')
    .flatMap((section) => {
      const [title = '', ...lines] = section.split('\n')
      return lines.map((line): readonly [string, string] => [`${title}: ${line.split(' | ')[0] ?? ''}`, line])
    }),
)
const ARGUMENTS = quick ? 2000 : 100_000
const TERMS = quick ? [16, 1000, 65_536] : [16, 1000, 4096, 65_536, 1_000_000]
/** The longest sum, which only plain sums are tried with. */
const MOST = quick ? [] : [10_000_000]

interface Measured extends Finding {
  readonly name: string
  readonly bound: number
  readonly measured?: boolean
}

const asked = (name: string): boolean =>
  only === undefined || only.some((each) => name === each || name.startsWith(`${each}, `))
const left = { error: 0, at: '', measured: false }

const short = (x: number): string => (x < 10 ? x.toFixed(2) : x.toFixed(0))

const elementaryOn = async (executor: Executor, where: Exclude<Where, 'reference'>): Promise<readonly Measured[]> => {
  const rows: Measured[] = []
  for (const name of Object.keys(elementary))
    rows.push({
      name,
      bound: elementary[name]?.bounds[where] ?? 0,
      ...(asked(name) ? await elementaryError(executor, name, ARGUMENTS) : left),
    })
  return rows
}

const UNIT = 2 ** -24

/** Errors of sums in units of 2⁻²⁴·Σ|terms|, of every length. */
const sumsOn = async (executor: Executor, where: Exclude<Where, 'reference'>): Promise<readonly Measured[]> => {
  const rows: Measured[] = []
  for (const name of sumNames)
    for (const n of [...TERMS, ...(name === 'sum' || name === 'mean' ? MOST : [])]) {
      const found = asked(name) ? await sumError(executor, name, n) : left
      const bound = allowed(name, where, n) / UNIT
      rows.push({ ...found, name: `${name}, ${n} terms`, bound, error: found.error / UNIT })
    }
  return rows
}

const referenceRows = async (): Promise<readonly Measured[]> => {
  const points = knownPoints()
  const rows: Measured[] = []
  for (const name of Object.keys(points))
    rows.push({
      name,
      bound: elementary[name]?.bounds.reference ?? 0,
      ...(asked(name) ? await referenceError(name, points) : left),
    })
  return rows
}

const lineOf = (title: string, { name, error, bound, at, measured = true }: Measured): string =>
  measured
    ? `| ${name} | ${short(error)} | ${short(bound)} | ${at} |`
    : (before.get(`${title}: | ${name}`) ?? `| ${name} | not measured | ${short(bound)} | |`)

const table = (title: string, unit: string, rows: readonly Measured[]): string =>
  [`| | largest error (${unit}) | bound | at |`, '|--|--|--|--|', ...rows.map((row) => lineOf(title, row))].join('\n')

const sections: string[] = []
const broken: string[] = []
const report = (title: string, unit: string, rows: readonly Measured[]): void => {
  const text = `### ${title}\n\n${table(title, unit, rows)}`
  console.log(`${text}\n`)
  sections.push(text)
  for (const { name, error, bound } of rows)
    if (!(error <= bound)) broken.push(`${title}: ${name}: ${error} > ${bound}`)
}

report('The f64 reference, against values to 25 digits', 'ulp of f64', await referenceRows())
const opened: readonly (readonly [Exclude<Where, 'reference'>, E.Either<unknown, Executor>])[] = [
  ['onnx', await openOnnx({ threads: 1 })()],
  ['webgpu', await openWebGpu()()],
]
const names: string[] = []
for (const [where, executor] of opened) {
  if (E.isLeft(executor)) {
    console.error(`${where}: not here, so not measured`)
    continue
  }
  const { description } = executor.right
  names.push(description)
  report(`${description}: elementary operations`, 'ulp of f32', await elementaryOn(executor.right, where))
  report(`${description}: sums and fused operations`, '2⁻²⁴·Σ\\|terms\\|', await sumsOn(executor.right, where))
  executor.right.release()
}

const page = `# Accuracy

The largest error that was found of every elementary operation, reduction and fused operation, with the argument at which it
stands and the bound that the library states. [specs/accuracy-bounds.ts](../specs/accuracy-bounds.ts) is the one table of
bounds and domains; a small form of this measurement is a spec, so \`npm test\` keeps them. To measure again and write this page:

\`\`\`
npm run accuracy            # minutes; --quick prints a short form and writes nothing
\`\`\`

Measured on ${new Date().toISOString().slice(0, 10)} with ${names.join(' and ')}.

- Elementary operations: ${ARGUMENTS.toLocaleString('en')} arguments of each interval of the domain, against the f64 reference, in units in the
  last place (ulp) of the exact value. Results below 2⁻¹²⁶ may be flushed to 0. A slope that passes through 0 is measured
  relative to its terms.
- Sums and fused operations: relative to Σ|terms| (the largest term for averages, the result itself for probabilities and
  losses), in units of 2⁻²⁴; rows that are all 0.1, that lie between −1 and 1, between 0 and 30, and within 1 of 10,000. Elements of
  a *first axis* lie apart in memory. The bounds of
  sums and of sums of products grow like log n. On WebGPU 256 products are added up one after the other, and such sums with
  compensation, in attention too; gradients of tables (\`scatter_add\`) are added up in pairs. ONNX Runtime's matrix product goes in blocks of its
  own, measured and not ours (of 17 × 17 results and equal products 71 with 65 536 terms, 91 with 262 144); those of at most 256 results, of one row or of one
  column with more than 1 024 terms, by which a scatter to few places is made too and attention, go in blocks of 512, and the
  sums of a softmax of more than 1 024 terms in blocks of 128. Products of more than one row and at most 32
  columns, for which its own blocks grow to 1 024 terms, go in blocks of 256, and sums along axes before the last, which it adds up term by term, in blocks of
  32. In attention, cross-entropy and layer norm it adds up through a few lanes;
  the shares of rows of more than 65 536 terms are divided once more by their sum, taken in blocks, and such rows are normed from means in blocks.
  An LSTM's sums over its units are not in the table: on WebGPU they go in blocks of 256, and 2 048 equal products are within its bounds
  ([the spec](../specs/ops/lstm.gpu.spec.ts)); on ONNX Runtime they are its matrix product (23 with 4 096 equal ones). A kernel adds up the symbols of a softmax one after the other where it draws or scores strings.
- The reference: against values computed with mpmath to 25 digits ([points](../specs/fixtures/accuracy/points.py)).
- On ONNX Runtime \`geluTanh\` and its slope take an exponential of a rounded argument, whose error grows with its size, and 1 + erf of \`gelu\` cancels towards −2: hence their
  larger bounds in the tails, where values are below 10⁻⁶. On WebGPU the argument is kept in two parts, and no elementary operation
  is off by more than 4 ulp; the same bounds hold on SwiftShader, where the specs were run too.
- Weights that WebGPU stores as halves (\`storage: 'f16'\`) are rounded once, to 2⁻¹¹ of themselves (2⁻²⁵ below 2⁻¹⁴, where an adapter may
  read 0): a contraction is off by 2⁻¹¹·Σ|a||b| at most, beside what its sum is off by ([law F19](laws.md)).

## What is not a number

Every operation hands on NaN and infinities as IEEE arithmetic does, on every executor
([the law](../specs/laws/non-finite.ts)): where the f64 reference is NaN an executor is NaN, where it is infinite so is the
executor, where it is finite so is the executor. That holds while what is computed on the way fits in f32: where terms or partial sums
of a \`sum\`, of a product (\`contract\`, scores of attention, gates of an LSTM) or of a gradient leave it, the result is ±∞ or NaN, though the f64 reference may be
finite. A \`mean\`, a running sum that comes back, and \`layerNorm\` are right there too. Second derivatives of \`layerNorm\` hold the cube of the inverse
deviation: where that is below 2⁻¹²⁶, which begins at elements of some 2⁴⁰ (10¹²) and ends at 2⁵⁴, where rows are scaled, they may be off by all of themselves (10⁻³⁷ and less, times the
slopes that reach them). At a row of equal elements above 2⁵⁴ the first gradient is too small by the row's scale.

What is chosen where arithmetic leaves a choice:

| | value |
|--|--|
| \`sum\`, \`max\`, \`min\`, \`logSumExp\` over an empty axis | 0, −∞, +∞, −∞ (the least and largest integer for integers) |
| \`mean\` over an empty axis; where its sum leaves f32 | NaN (0/0); the mean, from smaller parts (\`sum\` itself is ±∞ there) |
| \`cumulativeSum\` where a prefix leaves f32 | ±∞ there; what follows is what it is, from smaller parts |
| \`contract\`, \`contractLog\`, \`contractMaxPlus\` over an empty axis | 0, −∞, −∞ |
| \`logSumExp\` of −∞ throughout | −∞, with gradient 0 |
| \`softmax\`, \`logSoftmax\` of −∞ throughout, or with +∞ | NaN (0/0, ∞ − ∞) |
| \`softmaxCrossEntropy\` with logits of −∞ that are not the target | finite: they count for nothing |
| \`max\`, \`min\` where one is NaN; \`argmax\`, \`argmin\` | NaN; the position of the first NaN |
| \`largest\`, \`filterLogits\` | NaN ranks above all numbers |
| \`log\` of 0 or less; \`sqrt\` below 0 | log 2⁻¹²⁶; 0 (the documented floors) |
| \`power\` with exponent 0 or base ±1; NaN as an index | 1; 0 |

## Figures

${sections.join('\n\n')}
`
if (!quick) writeFileSync(PAGE, page)
for (const line of broken) console.error(line)
process.exitCode = broken.length === 0 ? 0 : 1
