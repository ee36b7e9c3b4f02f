/**
 * The files of MNIST and of CIFAR-10 as people have them on disk, in a folder: IDX files with MNIST's names (Fashion-MNIST has
 * the same), gunzipped or not; the binary version of CIFAR-10. The test part is the data's own; validation is cut from training.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { fileEffect, readBytes } from './files.ts'
import { readIdx } from './images-idx.ts'
import { type ImageShape, type Pictures, joined } from './images-shape.ts'

/** Images of a folder: those to train on, and the test images. */
interface FolderPictures {
  readonly title: string
  readonly training: Pictures
  readonly test: Pictures
}

const cifarShape: ImageShape = { height: 32, width: 32, channels: 3, levels: 256 }
const PIXELS = cifarShape.height * cifarShape.width
/** A label, then the planes of red, green and blue. */
const RECORD = 1 + 3 * PIXELS

/**
 * Images of a file of CIFAR-10's binary version: the planes of each, pixel by pixel. `Format` for a file that is no whole
 * number of records, or whose labels are no digits.
 */
const readCifar =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, Pictures> => {
    const count = bytes.length / RECORD
    const stray = Array.from({ length: Math.floor(count) }, (_, i) => bytes[i * RECORD]).find((label = 0) => label > 9)
    if (count < 1 || !Number.isInteger(count) || stray !== undefined)
      return E.left(
        failure(
          'Format',
          `${file} is not a file of the binary version of CIFAR-10: ${stray === undefined ? `${bytes.length} bytes are no records of ${RECORD}` : `a label is ${stray}`}`,
          'give the folder cifar-10-batches-bin, not the version for Python or Matlab',
          { file, bytes: bytes.length },
        ),
      )
    const levels = new Uint8Array(count * 3 * PIXELS)
    for (let n = 0; n < count; n++)
      for (let c = 0; c < 3; c++) {
        const plane = bytes.subarray(n * RECORD + 1 + c * PIXELS, n * RECORD + 1 + (c + 1) * PIXELS)
        plane.forEach((level, pixel) => {
          levels[(n * PIXELS + pixel) * 3 + c] = level
        })
      }
    return E.right({ image: cifarShape, count, levels })
  }

const idxNames = (part: 'train' | 't10k'): RegExp => new RegExp(`^${part}-images[.-]idx3-ubyte(\\.gz)?$`, 'u')

const cifarTraining = /^data_batch_\d+\.bin$/u
const CIFAR_TEST = 'test_batch.bin'

const unknown = (folder: string, names: readonly string[]): Failure => {
  const other = names.find((name) => name === 'data_batch_1' || name === 'data_batch_1.mat')
  return failure(
    'File',
    `${folder} has neither the files of MNIST (train-images-idx3-ubyte, t10k-images-idx3-ubyte) nor those of CIFAR-10 (data_batch_1.bin, test_batch.bin)`,
    other === undefined
      ? 'give the folder that holds them'
      : `${other} is of another version: get the binary version, cifar-10-binary.tar.gz`,
    { folder },
  )
}

/**
 * The images of a folder. `File` where neither set is there, `Format` for a broken file, and for images of two sizes.
 */
export const readImageFolder = (folder: string): TE.TaskEither<Failure, FolderPictures> =>
  effect(async (run) => {
    const names = [...(await run(fileEffect('read', folder, () => readdir(folder))))].sort()
    const read = (name: string, reader: typeof readCifar) =>
      run(pipe(readBytes(join(folder, name)), TE.flatMapEither(reader(join(folder, name)))))
    const [train, test] = [names.find((n) => idxNames('train').test(n)), names.find((n) => idxNames('t10k').test(n))]
    if (train !== undefined && test !== undefined) {
      const training = await read(train, readIdx)
      const { height, width } = training.image
      return {
        title: `IDX files of ${folder}`,
        training,
        test: await read(test, (file) => readIdx(file, { height, width })),
      }
    }
    const batches = names.filter((name) => cifarTraining.test(name))
    if (batches.length === 0 || !names.includes(CIFAR_TEST)) return fail(unknown(folder, names))
    const parts: Pictures[] = []
    for (const name of batches) parts.push(await read(name, readCifar))
    const levels = parts.map((part) => part.levels)
    return {
      title: `CIFAR-10 of ${folder}`,
      training: joined(cifarShape, levels),
      test: await read(CIFAR_TEST, readCifar),
    }
  })
