/**
 * Rows that experiments have in common: one range and one word for one thing.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { type Failure, usage } from '../errors.ts'
import { queueUrl, withoutPassword } from '../scale/queue/url.ts'
import { deviceNames, type DeviceChoice, type Workers } from './device.ts'
import type { Rule } from './settings.ts'
import {
  type Aside,
  type Defaults,
  type Flag,
  maybe,
  names,
  numbers,
  orAuto,
  type Setting,
  settingOf,
  texts,
  values,
  wholeNumbers,
} from './setting.ts'

/** The most of what is counted and has no bound of its own. */
export const MANY = 1e9

/** Rows of one heading, with a short name for each kind. */
interface Rows<P extends string> {
  readonly whole: (
    flag: Flag,
    range: readonly [least: number, most: number],
    defaults: Defaults<number, P> | undefined,
    help: string,
    aside?: Aside<number>,
  ) => Setting<number, P>
  readonly learningRate: (flag: Flag, defaults: Defaults<number, P>) => Setting<number, P>
  readonly width: (defaults: Defaults<number, P>, help: string) => Setting<number, P>
  readonly layers: (defaults: Defaults<number, P>, help: string) => Setting<number, P>
  readonly heads: (defaults: Defaults<number, P>) => Setting<number, P>
  readonly dropout: (defaults: Defaults<number, P>) => Setting<number, P>
  readonly batch: (flag: Flag, defaults: Defaults<number, P>, help: string) => Setting<number, P>
  readonly microBatches: Setting<number, P>
}

/** Rows under a heading. */
export const rowsOf = <P extends string>(group: string): Rows<P> => {
  const whole: Rows<P>['whole'] = (flag, [least, most], defaults, help, aside) =>
    settingOf<number, P>(wholeNumbers(least, most))(group, flag, defaults, help, aside)
  return {
    whole,
    learningRate: (flag, defaults) =>
      settingOf<number, P>(numbers({ above: 0, to: 1 }))(group, flag, defaults, 'Highest step size of Adam.'),
    width: (defaults, help) => whole('--width', [1, 65_536], defaults, help),
    layers: (defaults, help) => whole('--layers', [1, 1000], defaults, help),
    heads: (defaults) => whole('--heads', [1, 1024], defaults, 'Attention heads; they divide the width.'),
    dropout: (defaults) =>
      settingOf<number, P>(numbers({ from: 0, to: 0.95 }))(
        group,
        '--dropout',
        defaults,
        'Share of units dropped while training.',
        { example: '0.1' },
      ),
    batch: (flag, defaults, help) => whole(flag, [1, 1e6], defaults, help),
    microBatches: maybe(
      whole('--micro-batches', [1, 4096], undefined, 'Parts of a batch that workers compute side by side.', {
        example: '4',
        unless: '1',
      }),
    ),
  }
}

/** Why a batch cannot be cut into so many micro-batches, if so. */
export const dividesBatch = (flag: Flag, batch: number, parts = 1): Failure | undefined =>
  batch % parts === 0
    ? undefined
    : usage(`${flag} ${batch} cannot be cut into ${parts} equal parts`, `give --micro-batches that divide ${flag}`, {
        batch,
        parts,
      })

/** Addresses of queues. A password is neither shown nor kept. */
const addresses = values<string>({
  codec: new t.Type<string, unknown>('address of a Redis', t.string.is, t.string.validate, withoutPassword),
  metavar: 'URL',
  read: E.right,
  format: withoutPassword,
  isNot: (text) =>
    pipe(
      queueUrl(text),
      E.match(
        ({ what }) => `to be had (${what})`,
        () => undefined,
      ),
    ),
})

/** What every run says of itself: its seed, what computes it, and its folder, which is `unless` where none is typed. */
export const runRows = <P extends string>(
  group: string,
  unless = 'a folder in runs/, named after the options',
): {
  readonly seed: Setting<number, P>
  readonly device: Setting<DeviceChoice, P>
  readonly workers: Setting<Workers, P>
  readonly on: Setting<string, P>
  readonly out: Setting<string, P>
} => ({
  seed: rowsOf<P>(group).whole('--seed', [0, Number.MAX_SAFE_INTEGER], { all: 1 }, 'Seed of all random numbers.'),
  device: settingOf<DeviceChoice, P>(names(deviceNames))(
    group,
    '--device',
    { all: 'auto' },
    'What computes: auto, gpu, cpu, onnx or reference.',
    { role: 'computes', metavar: 'DEVICE' },
  ),
  workers: maybe(
    settingOf<Workers, P>(orAuto(wholeNumbers(1, 256)))(
      group,
      '--workers',
      undefined,
      'On the processor: spread batches over so many worker threads; auto measures once how many are fastest, if any.',
      { role: 'computes', example: '2', unless: 'the main thread' },
    ),
  ),
  on: maybe(
    settingOf<string, P>(addresses)(
      group,
      '--on',
      undefined,
      'Spread batches over the workers of a queue instead: the address of its Redis.',
      { role: 'computes', example: 'redis://127.0.0.1:6379', unless: 'this machine' },
    ),
  ),
  out: maybe(
    settingOf<string, P>(texts('DIR'))(
      group,
      '--out',
      undefined,
      'Folder of the run: report.html, results.json, figures, checkpoint.',
      { role: 'keeps', example: 'runs/mine', unless },
    ),
  ),
})

/** The row of the preset: the sizes from which a run starts. */
export const presetRow = <const P extends string>(
  group: string,
  known: readonly [P, ...P[]],
  otherwise: P,
): Setting<P, P> => ({
  ...settingOf<P, P>(names(known))(group, '--preset', undefined, `Sizes to start from: ${known.join(', ')}.`, {
    metavar: 'NAME',
    example: otherwise,
    unless: otherwise,
  }),
  initially: (preset) => preset,
})

/** The width of a network is a multiple of its heads. */
export const headsDivide =
  <O>(networkOf: (options: O) => { readonly width: number; readonly heads: number }): Rule<O> =>
  (options) => {
    const { width, heads } = networkOf(options)
    return width % heads === 0
      ? undefined
      : usage(`--width ${width} is not a multiple of --heads ${heads}`, `give for example --width ${heads * 32}`, {
          width,
          heads,
        })
  }
