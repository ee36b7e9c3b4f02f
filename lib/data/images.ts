/**
 * Sets of images by name, fetched into the cache, or from an IDX file, as rows of tokens in three parts that never change.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { effect } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { type Key, key, uniforms } from '../key.ts'
import { mapSplits, type Splits } from './documents.ts'
import { fetchSource } from './fetch.ts'
import { fileEffect, isFolder, readBytes } from './files.ts'
import { readDigits, readMnistJson } from './images-digits.ts'
import { cutEmoji, emojiShape, emojiVendors, readEmojiList, readEmojiSheet } from './images-emoji.ts'
import { readIdx } from './images-idx.ts'
import { readImageFolder } from './images-folder.ts'
import { type ImageShape, type Pictures, joined, quantised, rowsOfPictures, takePictures } from './images-shape.ts'
import type { DataServices } from './services.ts'
import { type Source, sources } from './sources.ts'
import type { TokenRows } from './strings.ts'

/** Images in three parts, as rows of tokens. */
interface ImageSet extends Splits<TokenRows> {
  readonly name: string
  readonly title: string
  readonly licence: string
  readonly image: ImageShape
}

const SPLIT: Key = key(20161105)

/** 0 … n − 1 in an order that never changes. */
const shuffledOrder = (n: number): readonly number[] => {
  const ranks = uniforms(SPLIT, n)
  return Array.from({ length: n }, (_, i) => i).sort((i, j) => at(ranks, i) - at(ranks, j) || i - j)
}

/** A list in three parts: `validation` and `test` of so many elements, the rest for training. */
const divided = <A>(all: readonly A[], validation: number, test: number): Splits<readonly A[]> => {
  const order = shuffledOrder(all.length).flatMap((i) => all.slice(i, i + 1))
  const training = all.length - validation - test
  return {
    training: order.slice(0, training),
    validation: order.slice(training, training + validation),
    test: order.slice(training + validation),
  }
}

const dividedPictures = (pictures: Pictures, validation: number, test: number): Splits<Pictures> =>
  mapSplits((some: readonly number[]) => takePictures(pictures, some))(
    divided(
      Array.from({ length: pictures.count }, (_, i) => i),
      validation,
      test,
    ),
  )

const textOf = (path: string): TE.TaskEither<Failure, string> => fileEffect('read', path, () => readFile(path, 'utf8'))

const digits = (folder: string): TE.TaskEither<Failure, Splits<Pictures>> => {
  const path = join(folder, 'usr', 'lib', 'python3', 'dist-packages', 'sklearn', 'datasets', 'data', 'digits.csv.gz')
  return pipe(
    readBytes(path),
    TE.flatMapEither(readDigits(path)),
    TE.map((all) => dividedPictures(all, 180, 180)),
  )
}

const mnist = (folder: string): TE.TaskEither<Failure, Splits<Pictures>> =>
  pipe(
    Array.from({ length: 10 }, (_, d) => join(folder, 'package', 'src', 'digits', `${d}.json`)),
    TE.traverseSeqArray((path) => pipe(textOf(path), TE.flatMapEither(readMnistJson(path)))),
    TE.map((parts) => joined({ height: 28, width: 28, channels: 1, levels: 256 }, parts)),
    TE.map((all) => dividedPictures(all, 1000, 1000)),
  )

const fashion = (folder: string): TE.TaskEither<Failure, Splits<Pictures>> => {
  const read = (name: string): TE.TaskEither<Failure, Pictures> => {
    const path = join(folder, 'usr', 'share', 'datasets', 'fashion-mnist', `${name}-images-idx3-ubyte.gz`)
    return pipe(readBytes(path), TE.flatMapEither(readIdx(path, { height: 28, width: 28 })))
  }
  return effect(async (run) => ({
    ...dividedPictures(await run(read('train')), 5000, 0),
    test: await run(read('t10k')),
  }))
}

/** Divided by emoji, so that no drawing of a test emoji, by any vendor or in any skin tone, is trained on. */
const emoji = (folder: string): TE.TaskEither<Failure, Splits<Pictures>> =>
  effect(async (run) => {
    const list = join(folder, 'package', 'emoji.json')
    const all = await run(pipe(textOf(list), TE.flatMapEither(readEmojiList(list))))
    const sheets = new Map(
      await Promise.all(
        emojiVendors.map(async (vendor) => {
          const path = join(folder, 'package', 'img', vendor, 'sheets', '32.png')
          return [vendor, await run(pipe(readBytes(path), TE.flatMapEither(readEmojiSheet(path))))] as const
        }),
      ),
    )
    const part = Math.floor(all.length / 10)
    return mapSplits((some: readonly (typeof all)[number][]) =>
      joined(
        emojiShape,
        some.flat().flatMap(({ x, y, vendors }) =>
          vendors.flatMap((v) => {
            const sheet = sheets.get(v)
            return sheet === undefined ? [] : [cutEmoji(sheet, x, y)]
          }),
        ),
      ),
    )(divided(all, part, part))
  })

/** How a set is made from its package. */
interface ImageKind {
  readonly title: string
  readonly source: Source
  readonly pictures: (folder: string) => TE.TaskEither<Failure, Splits<Pictures>>
}

const inTwoLevels = (kind: ImageKind): ImageKind => ({
  ...kind,
  title: `${kind.title}, in two levels`,
  pictures: (folder) => pipe(kind.pictures(folder), TE.map(mapSplits(quantised(2)))),
})

const mnistKind: ImageKind = {
  title: '10 000 digits of MNIST, 28 × 28 (own split: not MNIST’s test set)',
  source: sources.mnist,
  pictures: mnist,
}
const fashionKind: ImageKind = { title: 'Fashion-MNIST, 28 × 28', source: sources.fashion, pictures: fashion }

/** The sets by name. */
export const imageKinds: Readonly<Record<string, ImageKind>> = {
  digits: { title: '1 797 digits of 8 × 8 pixels, 17 levels', source: sources.digits, pictures: digits },
  mnist: mnistKind,
  'mnist-binary': inTwoLevels(mnistKind),
  fashion: fashionKind,
  'fashion-binary': inTwoLevels(fashionKind),
  emoji: { title: 'emoji of two vendors, 32 × 32 in colour', source: sources.emoji, pictures: emoji },
}

/**
 * Every name that `imageSet` knows.
 *
 * @example
 * imageSetNames // => ['digits', 'mnist', 'mnist-binary', 'fashion', 'fashion-binary', 'emoji']
 */
export const imageSetNames: readonly string[] = Object.keys(imageKinds)

const unknown = (name: string): Failure =>
  failure(
    'Usage',
    `there are no images called '${name}'`,
    `use ${imageSetNames.join(', ')}, an IDX file, or a folder with the files of MNIST or CIFAR-10`,
    { name },
  )

/** Images for a tenth to validate and a tenth to test on. */
const FEWEST = 10

const tooFew = (path: string, count: number): Failure =>
  failure(
    'Usage',
    `${path} has ${count} images, too few for training, validation and test`,
    `give at least ${FEWEST}`,
    { path, count },
  )

/** A set before it is cut into rows. */
type LevelledSet = Splits<Pictures> & Pick<ImageSet, 'name' | 'title' | 'licence'>

/** Images to validate on, of a set with a test part of its own: a tenth where that is fewer. */
const VALIDATION = 5000

/** The images of a folder, in the parts that they have, with some of the training images to validate on. */
const imageFolder = (folder: string): TE.TaskEither<Failure, LevelledSet> =>
  pipe(
    readImageFolder(folder),
    TE.filterOrElse(
      ({ training }) => training.count >= FEWEST,
      ({ training: { count } }) => tooFew(folder, count),
    ),
    TE.map(({ title, training, test }) => {
      const parts = dividedPictures(training, Math.min(VALIDATION, Math.floor(training.count / FEWEST)), 0)
      return { ...parts, test, name: folder, title, licence: 'your own' }
    }),
  )

/** The images of an IDX file, a tenth each to validate and to test on. */
const imageFile = (file: string): TE.TaskEither<Failure, LevelledSet> =>
  pipe(
    readBytes(file),
    TE.flatMapEither(readIdx(file)),
    TE.filterOrElse(
      ({ count }) => count >= FEWEST,
      ({ count }) => tooFew(file, count),
    ),
    TE.map((all) => dividedPictures(all, Math.floor(all.count / FEWEST), Math.floor(all.count / FEWEST))),
    TE.map((parts) => ({ ...parts, name: file, title: file, licence: 'your own' })),
  )

const levelled = (services: DataServices, name: string): TE.TaskEither<Failure, LevelledSet> => {
  const kind = Object.hasOwn(imageKinds, name) ? imageKinds[name] : undefined
  if (kind !== undefined)
    return pipe(
      fetchSource(services)(kind.source),
      TE.flatMap(({ folder }) => kind.pictures(folder)),
      TE.map((parts) => ({ ...parts, name, title: kind.title, licence: kind.source.licence })),
    )
  return pipe(
    isFolder(name),
    TE.chain((folder) =>
      folder === undefined ? TE.left(unknown(name)) : folder ? imageFolder(name) : imageFile(name),
    ),
  )
}

/** The levels that are asked for are no more than there are. */
const inLevels =
  (levels: number | undefined) =>
  (set: LevelledSet): E.Either<Failure, ImageSet> => {
    const own = set.training.image.levels
    const { name, title, licence } = set
    const named = (parts: Splits<Pictures>, said: string): ImageSet => ({
      ...mapSplits(rowsOfPictures)(parts),
      ...{ name, title: said, licence, image: parts.training.image },
    })
    if (levels === undefined || levels === own) return E.right(named(set, title))
    if (levels > own)
      return E.left(
        failure('Usage', `--levels ${levels} was given for images of ${own} levels`, `give at most ${own}`, {
          levels,
          own,
        }),
      )
    return E.right(named(mapSplits(quantised(levels))(set), `${title}, in ${levels} levels`))
  }

/**
 * A set of images by name, fetched if it is not in the cache; an IDX file; or a folder with the files of MNIST or CIFAR-10;
 * in fewer levels where that is asked for. `Usage` for none of these, for too few images and too many levels, `Fetch` and `File`
 * when it cannot be had, `Format` for a broken file.
 *
 * @example
 * import { nodeDataServices } from 'exptilt/node'
 * const digits = imageSet(nodeDataServices())('digits')
 */
export const imageSet =
  (services: DataServices) =>
  (name: string, levels?: number): TE.TaskEither<Failure, ImageSet> =>
    pipe(levelled(services, name), TE.chainEitherK(inLevels(levels)))
