/**
 * Sizes of PixelCNNs: the images that they generate, how a pixel is shown to the network, widths and depths, and the sizes
 * of the papers.
 */
import type { ImageShape } from '../data/images-shape.ts'
import { failure, raise } from '../errors.ts'
import { requireNames } from '../names.ts'

/** The size of a PixelCNN or Gated PixelCNN. */
export interface PixelCnnSize {
  readonly image: ImageShape
  /** A level as a number in [−1, 1], as a one-hot vector, or as a learned vector of so many elements. */
  readonly encoding: 'scaled' | 'one-hot' | { readonly embedding: number }
  /** Feature maps: h of the residual blocks (which carry 2h), or of each stack. A multiple of the image's channels. */
  readonly features: number
  /** Masked convolutions: the first one and the blocks after it, or the gated layers. */
  readonly layers: number
  /** Pixels on a side of the first window, and of the later ones: odd. */
  readonly first: number
  readonly window: number
  /** Feature maps of the two 1 × 1 convolutions before the logits. A multiple of the image's channels. */
  readonly head: number
}

/** Sizes without an image. */
type PixelCnnPreset = Omit<PixelCnnSize, 'image'>

/**
 * PixelCNN: 8 × 8 digits in minutes, 28 × 28 in hours on two cores, and the paper's (van den Oord, Kalchbrenner &
 * Kavukcuoglu 2016, Table 1: 15 layers of h = 128 and 1 024 features in the head for CIFAR-10; h = 16, 7 layers and 32 for
 * MNIST; here 129 and 1 026, which three channels divide).
 */
export const pixelCnnPresets: Readonly<Record<'tiny' | 'small' | 'paperMnist' | 'paper', PixelCnnPreset>> = {
  tiny: { encoding: 'scaled', features: 12, layers: 4, first: 5, window: 3, head: 24 },
  small: { encoding: 'scaled', features: 24, layers: 6, first: 7, window: 3, head: 48 },
  paperMnist: { encoding: 'scaled', features: 16, layers: 7, first: 7, window: 3, head: 32 },
  paper: { encoding: 'scaled', features: 129, layers: 15, first: 7, window: 3, head: 1026 },
}

/**
 * Gated PixelCNN, likewise; `paper` is the one for ImageNet at 32 × 32 (van den Oord et al. 2016, section 3.2: 20 layers of
 * 384 features and 5 × 5 windows).
 */
export const gatedPixelCnnPresets: Readonly<Record<'tiny' | 'small' | 'paper', PixelCnnPreset>> = {
  tiny: { encoding: 'scaled', features: 24, layers: 4, first: 5, window: 3, head: 48 },
  small: { encoding: 'scaled', features: 48, layers: 8, first: 7, window: 3, head: 96 },
  paper: { encoding: 'scaled', features: 384, layers: 20, first: 7, window: 5, head: 1026 },
}

/** Features of a pixel as the network sees it. */
export const encodedFeatures = ({ image: { channels, levels }, encoding }: PixelCnnSize): number =>
  channels * (encoding === 'scaled' ? 1 : encoding === 'one-hot' ? levels : encoding.embedding)

const wholeNumber = (n: number, least: number): boolean => Number.isInteger(n) && n >= least

/** What is wrong with a size, if anything: a sentence. */
const complaint = ({ image, encoding, features, layers, first, window, head }: PixelCnnSize): string | undefined => {
  const { height, width, channels, levels } = image
  if (![height, width, channels].every((n) => wholeNumber(n, 1)) || !wholeNumber(levels, 2))
    return `images of ${height} × ${width} pixels, ${channels} channels and ${levels} levels`
  if (![features, layers, head].every((n) => wholeNumber(n, 1)))
    return `${layers} layers of ${features} features with a head of ${head}`
  if (features % channels !== 0 || head % channels !== 0)
    return `${features} features and a head of ${head} for ${channels} channels, which do not divide them`
  if ([first, window].some((n) => !wholeNumber(n, 1) || n % 2 === 0)) return `windows of ${first} and ${window} pixels`
  return typeof encoding === 'object' && !wholeNumber(encoding.embedding, 1)
    ? `an embedding of ${encoding.embedding} elements`
    : undefined
}

/** The size if it is possible; throws a `Shape` failure that names what is not. */
export const checkedPixelCnn = (size: PixelCnnSize): PixelCnnSize => {
  if (typeof size.encoding !== 'object') requireNames({ encoding: [size.encoding, ['scaled', 'one-hot']] })
  const what = complaint(size)
  return what === undefined
    ? size
    : raise(
        failure(
          'Shape',
          `a PixelCNN cannot have ${what}`,
          'give whole numbers, odd windows, and widths that are multiples of the channels',
          { ...size },
        ),
      )
}
