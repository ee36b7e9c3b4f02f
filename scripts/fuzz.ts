/**
 * Tries damaged files of every format: `npm run fuzz -- [RUNS] [SEED] [NAME]`; 2 500 of each unless another number is
 * given. Prints a line a format; the exit code is 1 where one was not a value or a typed failure, and the seed and the file
 * are named.
 */
import { examine } from '../specs/fuzz/examine.ts'
import { formats, onnxFormat } from '../specs/fuzz/formats.ts'

const [runs = '2500', seed = String(Date.now() % 2 ** 31), only = ''] = process.argv.slice(2)
process.stdout.write(`seed ${seed}\n`)
for (const format of [...formats, await onnxFormat()].filter(({ name }) => name.includes(only)))
  try {
    const { accepted, slowest, largest } = await examine(format, Number(runs), Number(seed))
    process.stdout.write(
      `${format.name}: ${runs}, ${accepted} read, at most ${slowest.toFixed(2)} s, ${largest.toFixed()} MiB\n`,
    )
  } catch (thrown) {
    process.stdout.write(`${String(thrown).slice(0, 3000)}\n`)
    process.exitCode = 1
  }
