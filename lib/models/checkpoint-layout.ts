/**
 * How foreign checkpoints lay out their arrays: entries that say which part of which foreign array is which parameter, and
 * the two directions of copying. Nothing but copies: reading back what was written gives the same bits.
 */
import * as E from 'fp-ts/lib/Either.js'
import { outside } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { NamedArray, NamedArrays } from '../codec/array.ts'
import { type Failure, failure } from '../errors.ts'
import { product } from '../math.ts'
import type { NamedAxes, Parameters } from './autoregressive.ts'

/** Where element (row, column) of a block of a parameter lies in a foreign array. */
export interface Placement {
  /** The foreign array, and its shape. */
  readonly name: string
  readonly shape: readonly number[]
  /** Our parameter, and the element at which the block begins. */
  readonly parameter: string
  readonly start: number
  /** The block's sizes, row-major in our parameter. */
  readonly rows: number
  readonly columns: number
  /** Offset of the block, and the distance of neighbouring rows and columns, in the foreign array. */
  readonly offset: number
  readonly rowStride: number
  readonly columnStride: number
  /** Whether the block is added to what other blocks have given. */
  readonly added?: boolean
}

/** What a family of checkpoints is called, where everything lies, and what else such files hold. */
export interface Layout {
  readonly family: string
  readonly placements: readonly Placement[]
  /** Prefix that all names may carry. */
  readonly prefix: string
  /** Names, without the prefix, of arrays that are no weights of the network, or not of this one. */
  readonly ignored: (name: string) => boolean
  /** Arrays that may stand again under another name: `{copy: name}`. One that differs is refused. */
  readonly copies?: Readonly<Record<string, string>>
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`

const withoutPrefix = (prefix: string, name: string): string =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name

const checked = ({ family }: Layout, wanted: Placement, found: NamedArray | undefined): Failure | undefined => {
  if (found === undefined)
    return failure(
      'Checkpoint',
      `the checkpoint has no tensor '${wanted.name}'`,
      `give a ${family} checkpoint of the model's size: with that tensor of shape ${shapeText(wanted.shape)}`,
      { tensor: wanted.name, shape: wanted.shape },
    )
  if (found.shape.join() !== wanted.shape.join())
    return failure(
      'Checkpoint',
      `the checkpoint's tensor '${wanted.name}' has shape ${shapeText(found.shape)}, and the model needs ${shapeText(wanted.shape)}`,
      "give the model the checkpoint's size, or another checkpoint",
      { tensor: wanted.name, shape: found.shape, wanted: wanted.shape },
    )
  return found.dtype === 'f32' || found.dtype === 'f64'
    ? undefined
    : failure(
        'Checkpoint',
        `the checkpoint's tensor '${wanted.name}' holds ${found.dtype} values, not real numbers`,
        'convert it to f32',
        { tensor: wanted.name, dtype: found.dtype },
      )
}

const foreign = ({ family, placements, ignored }: Layout, names: readonly string[]): Failure | undefined => {
  const known = new Set(placements.map((p) => p.name))
  const unknown = names.find((name) => !known.has(name) && !ignored(name))
  return unknown === undefined
    ? undefined
    : failure(
        'Checkpoint',
        `the checkpoint's tensor '${unknown}' has no place in a ${family} model of this size`,
        'give the checkpoint that belongs to this size, or remove the tensor from the file',
        { tensor: unknown },
      )
}

/** The first array that should repeat another and does not; a copy may have fewer rows. */
const unlike = ({ family, copies = {} }: Layout, found: ReadonlyMap<string, NamedArray>): Failure | undefined => {
  const differs = ([copy, name]: readonly [string, string]): boolean => {
    const [again, first] = [found.get(copy), found.get(name)]
    return again !== undefined && first !== undefined && !again.data.every((x, i) => Object.is(x, first.data[i]))
  }
  const other = Object.entries(copies).find(differs)
  return other === undefined
    ? undefined
    : failure(
        'Checkpoint',
        `the checkpoint's tensors '${other[0]}' and '${other[1]}' differ, and this ${family} model has one for both`,
        'give the model `tied: false`, or a checkpoint whose embedding and output are one',
        { tensor: other[0], like: other[1] },
      )
}

const eachElement = (p: Placement, visit: (own: number, other: number) => void): void => {
  for (let r = 0; r < p.rows; r++)
    for (let c = 0; c < p.columns; c++)
      visit(p.start + r * p.columns + c, p.offset + r * p.rowStride + c * p.columnStride)
}

const zeros = (axes: NamedAxes): Readonly<Record<string, Float32Array>> =>
  Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, new Float32Array(sizeOf(own))]))

/** The parameters in a checkpoint. Left `Checkpoint` names the array that is missing, foreign, of another shape, or not the copy that it should be. */
export const readLayout =
  (layout: Layout, axes: NamedAxes) =>
  (arrays: NamedArrays): E.Either<Failure, Parameters> => {
    const found = new Map(Object.entries(arrays).map(([name, x]) => [withoutPrefix(layout.prefix, name), x]))
    const wrong =
      layout.placements.map((p) => checked(layout, p, found.get(p.name))).find((f) => f !== undefined) ??
      foreign(layout, [...found.keys()]) ??
      unlike(layout, found)
    if (wrong !== undefined) return E.left(wrong)
    const parameters = zeros(axes)
    for (const p of layout.placements) {
      const [own, other] = [parameters[p.parameter], found.get(p.name)?.data]
      if (own !== undefined && other !== undefined)
        eachElement(p, (i, j) => {
          own[i] = (p.added === true ? (own[i] ?? outside(own, i)) : -0) + (other[j] ?? outside(other, j))
        })
    }
    return E.right(parameters)
  }

/** The arrays of a checkpoint that holds these parameters, all f32; names carry the layout's prefix if wanted. */
export const writeLayout =
  (layout: Layout, prefix = '') =>
  (parameters: Parameters): NamedArrays => {
    const arrays = new Map<string, NamedArray & { readonly data: Float32Array }>()
    for (const p of layout.placements) {
      const fresh = new Float32Array(product(p.shape))
      const array = arrays.get(p.name) ?? { dtype: 'f32', shape: p.shape, data: fresh }
      arrays.set(p.name, array)
      const own = parameters[p.parameter]
      if (own !== undefined)
        eachElement(p, (i, j) => {
          array.data[j] = own[i] ?? outside(own, i)
        })
    }
    return Object.fromEntries([...arrays].map(([name, array]) => [`${prefix}${name}`, array]))
  }
