/**
 * One option of an experiment, said once: its flag, what it may be, what it is in each preset, what it is for, and what
 * changing it means. `settings.ts` makes tables of them, and from a table everything else.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { nameCodec } from '../codec/names.ts'
import { type Failure, messageOf, usage } from '../errors.ts'

/** A flag as it is typed. */
export type Flag = `--${string}`

/**
 * What an option decides: what is trained (a checkpoint of another value cannot be gone on with), what is measured of it,
 * what computes and for how long (both may be typed beside `--resume`), or the folder that keeps it all.
 */
export type Role = 'trains' | 'measures' | 'computes' | 'keeps'

/** A value for every preset: the same for all, or one for each. */
export type Defaults<A, P extends string> = { readonly all: A } | Readonly<Record<P, A>>

/** One option whose values are `A`, in presets called `P`. What takes a value takes any, since a table holds options of all types. */
export interface Setting<A, P extends string> {
  readonly setting: true
  readonly flag: Flag
  /** What stands for the value in help texts. */
  readonly metavar: string
  /** What can be typed, where that is a few words. */
  readonly choices: readonly string[]
  readonly help: string
  /** The heading under which help texts show it. */
  readonly group: string
  readonly role: Role
  /** A value worth trying, as it is typed. */
  readonly example: string
  /** What is typed, as a value; Left: why it is none. */
  readonly read: (typed: string) => E.Either<string, A>
  /** Whether the flag may be typed again and again: its values are then joined. */
  readonly repeated: boolean
  /** The value of a flag that takes none. */
  readonly switched: A | undefined
  /** The value as it would be typed. */
  readonly format: (value: unknown) => string
  /** JSON of the value; a file that lacks it has `absent`, if that is given. */
  readonly codec: t.Type<unknown, unknown>
  readonly problem: (value: unknown) => Failure | undefined
  readonly initially: (preset: P) => A | undefined
  /** What it is unless typed, for people: one value, one for each preset, or words; '' for a switch. */
  readonly otherwise: string
  /** Whether a record may lack it. */
  readonly optional: boolean
}

/** What a row may say besides its values. */
export interface Aside<A> {
  readonly role?: Role
  readonly metavar?: string
  readonly example?: string
  /** What it is unless typed, in words, where that is no value of its own. */
  readonly unless?: string
  /** What the option was before there was such an option: files of earlier versions lack it. */
  readonly absent?: A
}

/** A kind of values: their codec, how they are typed, and what is wrong with some of them. */
interface Kind<A> {
  readonly codec: t.Type<A, unknown>
  readonly metavar: string
  /** All that can be typed, where that is a few words. */
  readonly choices?: readonly string[]
  readonly read: (typed: string) => E.Either<string, A>
  readonly format: (value: A) => string
  /** What a value is not, as in `--layers 0 is not …`. */
  readonly isNot: (value: A) => string | undefined
}

const erased = <A>(codec: t.Type<A, unknown>, absent: A | undefined): t.Type<unknown, unknown> =>
  new t.Type<unknown, unknown>(
    codec.name,
    codec.is,
    (u, context) => codec.validate(u === undefined ? absent : u, context),
    (value) => (codec.is(value) ? codec.encode(value) : value),
  )

const orNothing = (words: string): string => (words === '' ? 'none' : words)

/** A row of a kind of values, under the heading `group`. */
export const settingOf =
  <A, P extends string>(kind: Kind<A>) =>
  (
    group: string,
    flag: Flag,
    defaults: Defaults<A, P> | undefined,
    help: string,
    aside: Aside<A> = {},
  ): Setting<A, P> => {
    const { codec, isNot, read, format } = kind
    const initial = Object.entries<A>(defaults ?? {}).map(([preset, value]) => [preset, format(value)] as const)
    const shown = new Set(initial.map(([, value]) => value))
    const eachPreset = initial.map(([preset, value]) => `${preset} ${value}`).join(', ')
    const example = aside.example ?? initial[0]?.[1] ?? kind.metavar
    return {
      setting: true,
      flag,
      metavar: aside.metavar ?? kind.metavar,
      choices: kind.choices ?? [],
      help,
      group,
      role: aside.role ?? 'trains',
      example,
      read,
      repeated: false,
      switched: undefined,
      format: (value) => (codec.is(value) ? format(value) : ''),
      codec: erased(codec, aside.absent),
      problem: (value) => {
        const wrong = codec.is(value) ? isNot(value) : 'such a value'
        if (wrong === undefined) return undefined
        const typed = codec.is(value) ? format(value) : String(value)
        return usage(`${flag} ${typed === '' ? "''" : typed} is not ${wrong}`, `give for example ${flag} ${example}`, {
          given: codec.is(value) ? codec.encode(value) : value,
        })
      },
      initially: (preset) => (defaults === undefined ? undefined : 'all' in defaults ? defaults.all : defaults[preset]),
      otherwise: orNothing(aside.unless ?? (shown.size === 1 ? [...shown].join('') : eachPreset)),
      optional: false,
    }
  }

/** A row that records may lack. */
export const maybe = <A, P extends string>(setting: Setting<A, P>): Setting<A, P> => ({
  ...setting,
  optional: true,
  problem: (value) => (value === undefined ? undefined : setting.problem(value)),
})

/** A row whose values may be `undefined`, which is not typed. */
export const orNone = <A, P extends string>(setting: Setting<A, P>): Setting<A | undefined, P> => {
  const { codec } = setting
  return {
    ...maybe(setting),
    optional: false,
    codec: new t.Type<unknown, unknown>(
      codec.name,
      (u): u is unknown => u === undefined || codec.is(u),
      (u, context) => (u === undefined ? t.success(u) : codec.validate(u, context)),
      (value) => (value === undefined ? value : codec.encode(value)),
    ),
  }
}

const numeral = (typed: string, otherwise: string): E.Either<string, number> => {
  const value = typed.trim() === '' ? Number.NaN : Number(typed)
  return Number.isFinite(value) ? E.right(value) : E.left(otherwise)
}

/** A whole number as one would type it: millions by their exponent, as in 5e6. */
const typedWhole = (n: number): string => (n >= 1e6 && n % 1e6 === 0 ? n.toExponential().replace('+', '') : String(n))

/** The end of a range of whole numbers in words. */
const upTo = (most: number): string => (most === Number.MAX_SAFE_INTEGER ? '2^53 − 1' : typedWhole(most))

/** Whole numbers from `least` to `most`. */
export const wholeNumbers = (least: number, most: number): Kind<number> => ({
  codec: t.number,
  metavar: 'N',
  read: (typed) => numeral(typed, 'a number'),
  format: typedWhole,
  isNot: (n) =>
    Number.isSafeInteger(n) && n >= least && n <= most ? undefined : `a whole number from ${least} to ${upTo(most)}`,
})

/** An interval of numbers: `from` or `above` its lower end, `to` or `below` its upper end, where it has one. */
interface Interval {
  readonly from?: number
  readonly above?: number
  readonly to?: number
  readonly below?: number
}

const inside = ({ from, above, to, below }: Interval, x: number): boolean =>
  Number.isFinite(x) &&
  (from === undefined || x >= from) &&
  (above === undefined || x > above) &&
  (to === undefined || x <= to) &&
  (below === undefined || x < below)

const bounds = ({ from, above, to, below }: Interval): string =>
  [
    from === undefined ? [] : [`from ${from}`],
    above === undefined ? [] : [`above ${above}`],
    to === undefined ? [] : [from === undefined ? `at most ${to}` : `to ${to}`],
    below === undefined ? [] : [`below ${below}`],
  ]
    .flat()
    .join(from === undefined ? ' and ' : ' ')

/** Numbers of an interval. */
export const numbers = (interval: Interval): Kind<number> => ({
  codec: t.number,
  metavar: 'P',
  read: (typed) => numeral(typed, 'a number'),
  format: String,
  isNot: (x) => (inside(interval, x) ? undefined : `a number ${bounds(interval)}`),
})

/** Numbers of a kind, or the word `all`, which stands for `value`. */
export const orAll = (kind: Kind<number>, codec: t.Type<number, unknown>, value: number): Kind<number> => ({
  ...kind,
  codec,
  metavar: `${kind.metavar}|all`,
  read: (typed) => {
    if (typed === 'all') return E.right(value)
    const read = kind.read(typed)
    return E.isRight(read) && read.right === value ? E.left(`${kind.isNot(value) ?? 'a number'}, or all`) : read
  },
  format: (n) => (n === value ? 'all' : kind.format(n)),
  isNot: (n) => (n === value ? undefined : kind.isNot(n)),
})

/** Numbers of a kind, or the word `auto`. */
export const orAuto = (kind: Kind<number>): Kind<number | 'auto'> => ({
  ...kind,
  codec: t.union([kind.codec, t.literal('auto')]),
  metavar: `${kind.metavar}|auto`,
  read: (typed) =>
    typed === 'auto' ? E.right(typed) : E.mapLeft((wrong: string) => `${wrong}, or auto`)(kind.read(typed)),
  format: (value) => (value === 'auto' ? value : kind.format(value)),
  isNot: (value) => (value === 'auto' ? undefined : kind.isNot(value)),
})

/** Some names. */
export const names = <const K extends string>(known: readonly [K, ...K[]]): Kind<K> => ({
  codec: nameCodec(known),
  metavar: known.join('|'),
  choices: known,
  read: (typed) => {
    const found = known.find((name) => name === typed)
    return found === undefined ? E.left(`one of ${known.join(', ')}`) : E.right(found)
  },
  format: String,
  isNot: () => undefined,
})

/** Texts that are not blank, shown as `metavar`. */
export const texts = (metavar: string): Kind<string> => ({
  codec: t.string,
  metavar,
  read: E.right,
  format: String,
  isNot: (text) => (text.trim() === '' ? `a ${metavar.toLowerCase()}` : undefined),
})

/** What is wrong with the source of a regular expression that holds for some of the things that it is asked of: texts, say. */
export const patternTrouble = (source: string, thing: string): string | undefined => {
  try {
    new RegExp(source, 'u')
    return source === '' ? `it is empty, and every ${thing} has that` : undefined
  } catch (thrown) {
    return messageOf(thrown)
  }
}

/** Lists of a kind, comma-separated; `isNot` says what is wrong with a whole list. */
export const listsOf = <A>(item: Kind<A>, isNot: (list: readonly A[]) => string | undefined): Kind<readonly A[]> => ({
  codec: t.readonlyArray(item.codec),
  metavar: `${item.metavar},…`,
  read: (typed) => E.traverseArray(item.read)(typed.split(',')),
  format: (list) => list.map(item.format).join(','),
  isNot: (list) => list.map(item.isNot).find((wrong) => wrong !== undefined) ?? isNot(list),
})

/** A row of a list whose items are typed one by one, the flag before each. */
export const repeated = <A, P extends string>(
  setting: Setting<readonly A[], P>,
  item: Kind<A>,
): Setting<readonly A[], P> => ({
  ...setting,
  metavar: item.metavar,
  repeated: true,
  read: (typed) => E.map((value: A): readonly A[] => [value])(item.read(typed)),
})

/** A row of a switch: a flag without a value, which gives `typed`; without it the option is the other. */
export const switchOf = <P extends string>(
  group: string,
  flag: Flag,
  typed: boolean,
  help: string,
  aside: Aside<boolean> = {},
): Setting<boolean, P> => ({
  ...settingOf<boolean, P>({
    codec: t.boolean,
    metavar: '',
    read: () => E.left('a flag with a value'),
    format: String,
    isNot: () => undefined,
  })(group, flag, { all: !typed }, help, aside),
  switched: typed,
  otherwise: '',
})

/** Values that the makers here do not know: their codec, and how they are typed. */
export const values = <A>(kind: Kind<A>): Kind<A> => kind
