/**
 * One law over the tables of settings of all experiments: every option is checked, kept, shown, overridden and resumed as
 * its row says, and nothing else is.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { Failure } from '../../lib/errors.ts'
import { parseArguments } from '../../lib/cli/parse.ts'
import { askedFor, type Experiment, optionsCodec, resumedWith, validated } from '../../lib/experiment/experiment.ts'
import { runRows } from '../../lib/experiment/common.ts'
import type { Setting } from '../../lib/experiment/setting.ts'
import {
  codecOf,
  type Entry,
  entriesOf,
  fixed,
  overridden,
  partOf,
  presetOf,
  type Settings,
  type Typed,
  unresumable,
  valueAt,
} from '../../lib/experiment/settings.ts'
import { eArmExperiments } from '../../lib/systems/e-arm/settings.ts'
import { gamExperiment } from '../../lib/systems/gam/settings.ts'
import { residualExperiment } from '../../lib/systems/residual/settings.ts'
import { tiltExperiment } from '../../lib/systems/tilt/settings.ts'
import { right } from '../either.ts'

/** What the laws need of an experiment, whatever its options are. */
interface Subject {
  readonly command: string
  readonly presets: readonly string[]
  readonly entries: readonly Entry[]
  readonly preset: (name: string) => unknown
  readonly with: (preset: string, path: readonly string[], value: unknown) => string | undefined
  readonly asked: (typed: Typed) => E.Either<Failure, unknown>
  readonly overridden: (typed: Typed) => unknown
  /** What is typed so that an entry has its place in the record: the examples of its kind. */
  readonly around: (entry: Entry) => Typed
  readonly identity: (typed: Typed) => unknown
  readonly roundTrip: (preset: string) => unknown
  readonly resumed: (typed: Typed) => E.Either<Failure, unknown>
  readonly beside: (typed: Typed) => string | undefined
}

const subject = <O, P extends string>(command: string, experiment: Experiment<O, P>): Subject => {
  const { settings } = experiment
  const preset = (name: string): O => experiment.presetFor({ '--preset': name })
  const flagAt = (path: readonly string[]) =>
    entriesOf(settings).find((entry) => entry.path.join('.') === path.join('.'))?.setting.flag ?? '--none'
  const small = preset('small')
  return {
    command,
    presets: ['tiny', 'small', 'paper'],
    entries: entriesOf(settings),
    preset,
    with: (name, path, value) => {
      const checked = validated(experiment)(overridden(settings, { [flagAt(path)]: value })(preset(name)))
      return E.isLeft(checked) ? checked.left.what : undefined
    },
    asked: askedFor(experiment),
    overridden: (typed) => overridden(settings, typed)(small),
    around: ({ when }) =>
      Object.fromEntries(
        entriesOf(settings)
          .filter((entry) => when !== undefined && entry.when?.kind === when.kind)
          .map(({ setting: { flag, read, example } }) => [flag, E.toUnion(read(example))]),
      ),
    identity: (typed) => partOf(settings, 'trains')(overridden(settings, typed)(small)),
    roundTrip: (name) =>
      optionsCodec(experiment).decode(JSON.parse(JSON.stringify(optionsCodec(experiment).encode(preset(name))))),
    resumed: (typed) => resumedWith(experiment, typed)(small),
    beside: (typed) => unresumable(settings, typed),
  }
}

const subjects: readonly Subject[] = [
  subject('residual train', residualExperiment),
  subject('gam', gamExperiment),
  subject('earm lm train', eArmExperiments.lm),
  subject('earm image train', eArmExperiments.image),
  subject('earm translate train', eArmExperiments.translate),
  subject('tilt', tiltExperiment),
]

/** Another value than that of the preset which the row takes: its example, or the next whole number. */
const other = (setting: Setting<unknown, string>, now: unknown): unknown => {
  if (setting.switched !== undefined) return setting.switched
  const example = setting.read(setting.example)
  const candidates = [
    ...(E.isRight(example) ? [example.right] : []),
    ...(setting.repeated ? [['another']] : []),
    ...['another', '0110', 'reference']
      .flatMap((text) => (setting.repeated ? [] : [setting.read(text)]))
      .flatMap((found) => (E.isRight(found) ? [found.right] : [])),
    ...(typeof now === 'number' ? [now + 1, now / 2, now - 1, 1, 0] : []),
    ...setting.metavar.split('|'),
    ...(/[:,]/.test(setting.help) ? setting.help.split(/[^\w-]+/) : []),
  ]
  const fits = (value: unknown): boolean =>
    setting.codec.is(value) && setting.problem(value) === undefined && JSON.stringify(value) !== JSON.stringify(now)
  return candidates.find(fits)
}

const helpOf = async (command: string): Promise<string> => {
  const shown = await parseArguments([...command.split(' '), '--help'], 100)
  return shown.kind === 'help' ? shown.text : ''
}

for (const { command, presets, entries, ...of } of subjects)
  describe(`settings of exptilt ${command}`, () => {
    const asked = helpOf(command)
    const flags = entries.map(({ setting }) => setting.flag)

    it('say each flag once', () => expect([...new Set(flags)]).toEqual(flags))

    it.each(presets)('the preset %s is right, and survives JSON', (preset) => {
      expect(of.asked({ '--preset': preset })).toEqual(E.right(of.preset(preset)))
      expect(of.roundTrip(preset)).toEqual(E.right(of.preset(preset)))
    })

    it.each(entries)('$setting.flag: is in the help, with its heading', async ({ setting: { flag, group } }) => {
      const help = await asked
      expect(help).toMatch(new RegExp(`^ +${flag}( |$)`, 'm'))
      expect(help).toContain(`${group}:`)
    })

    it.each(entries.filter(({ setting }) => setting.switched === undefined))(
      '$setting.flag: its example can be typed, and is shown as it is typed',
      ({ setting }) => {
        const read = setting.read(setting.example)
        expect(E.isRight(read)).toBe(true)
        if (E.isRight(read)) expect(setting.format(read.right)).toBe(setting.example)
      },
    )

    it.each(entries)(
      '$setting.flag: what is no value of it is refused by its flag and a remedy',
      ({ path, setting }) => {
        const now = valueAt(of.preset('small'), path)
        const number = typeof now === 'number' || setting.metavar === 'N' || setting.metavar === 'P'
        const wrong = number
          ? [Number.NaN, Number.POSITIVE_INFINITY, -1.5, -1e300]
          : setting.metavar === 'DIR'
            ? [' ']
            : []
        for (const value of wrong.filter((each) => setting.format(each) !== 'all')) {
          const problem = setting.problem(value)
          expect(problem?.what, String(value)).toMatch(new RegExp(`^${setting.flag} .* is not `))
          expect(problem?.remedy).toBe(`give for example ${setting.flag} ${setting.example}`)
          expect(of.with('small', path, value)).toBe(problem?.what)
        }
      },
    )

    it.each(entries)('$setting.flag: typed, changes the option at its place and no other', (entry) => {
      const { path, setting } = entry
      const before = of.overridden(of.around(entry))
      const value = other(setting, valueAt(before, path))
      expect(value).not.toBe(undefined)
      const after = of.overridden({ ...of.around(entry), [setting.flag]: value })
      for (const each of entries.filter(({ when }) => when === undefined || when.kind === entry.when?.kind))
        expect(valueAt(after, each.path)).toEqual(
          each.setting.flag === setting.flag ? value : valueAt(before, each.path),
        )
    })

    it.each(entries)('$setting.flag: changes what a checkpoint depends on iff it trains', (entry) => {
      const { path, setting } = entry
      const value = other(setting, valueAt(of.overridden(of.around(entry)), path))
      const after = of.identity({ ...of.around(entry), [setting.flag]: value })
      expect(JSON.stringify(after) === JSON.stringify(of.identity(of.around(entry)))).toBe(setting.role !== 'trains')
    })

    it.each(entries)('$setting.flag: goes with --resume iff it measures or computes', ({ path, setting }) => {
      const value = other(setting, valueAt(of.preset('small'), path))
      const may = setting.role === 'measures' || setting.role === 'computes'
      expect(of.beside({ [setting.flag]: value })).toBe(may ? undefined : setting.flag)
      if (may) expect(valueAt(right(of.resumed({ [setting.flag]: value })), path)).toEqual(value)
    })
  })

describe('a field that is fixed', () => {
  const table: Settings<{ readonly task: 'one' | 'two'; readonly seed: number }, 'small'> = {
    task: fixed('one'),
    seed: runRows<'small'>('Run').seed,
  }

  it('has no flag, is in every record, and in what a checkpoint depends on', () => {
    expect(entriesOf(table).map(({ path }) => path)).toEqual([['seed']])
    expect(presetOf(table)('small')).toEqual({ task: 'one', seed: 1 })
    expect(overridden(table, { '--seed': 7 })(presetOf(table)('small'))).toEqual({ task: 'one', seed: 7 })
    expect(partOf(table, 'trains')({ task: 'one', seed: 1 })).toEqual({ task: 'one', seed: 1 })
    expect(partOf(table, 'measures')({ task: 'one', seed: 1 })).toEqual({})
  })

  it('is read as what it is alone', () => {
    const codec = codecOf(table, 'options')
    expect(codec.decode({ task: 'one', seed: 1 })).toEqual(E.right({ task: 'one', seed: 1 }))
    expect(E.isLeft(codec.decode({ task: 'two', seed: 1 }))).toBe(true)
  })
})
