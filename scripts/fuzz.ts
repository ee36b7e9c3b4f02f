/**
 * Tries damaged files of every format: `npm run fuzz -- [RUNS] [SEED] [NAME]`; 2 500 of each unless another number is
 * given, and before them every fault of the table (`specs/fuzz/faults.ts`), at more places of a file the more runs there
 * are. Prints a line a format; the exit code is 1 where one was not a value or a typed failure, and the fault, or the seed
 * and the file, are named.
 */
import { examine, examineFaults } from '../specs/fuzz/examine.ts'
import { formats, onnxFormat } from '../specs/fuzz/formats.ts'

const [runs = '2500', seed = String(Date.now() % 2 ** 31), only = ''] = process.argv.slice(2)
process.stdout.write(`seed ${seed}\n`)
const effort = Math.max(1, Number(runs) / 250)
for (const format of [...formats, await onnxFormat()].filter(({ name }) => name.includes(only)))
  try {
    const faulty = await examineFaults(format, effort)
    const { accepted, slowest, largest } = await examine(format, Number(runs), Number(seed))
    process.stdout.write(
      `${format.name}: ${faulty} faults, ${runs} at random, ${accepted} of them read, at most ${slowest.toFixed(2)} s, ${largest.toFixed()} MiB\n`,
    )
  } catch (thrown) {
    process.stdout.write(`${String(thrown).slice(0, 3000)}\n`)
    process.exitCode = 1
  }
