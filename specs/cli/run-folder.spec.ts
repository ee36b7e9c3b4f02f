/** The folder of a run, given to a command: one of another command is named, with the command that it is of. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { exactJson } from '../../lib/codec/exact-json.ts'
import { main } from '../../lib/cli/main.ts'
import { optionsCodec } from '../../lib/experiment/experiment.ts'
import { eArmExperiments, eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { gamOptionsCodec, presets as gamPresets } from '../../lib/systems/gam/settings.ts'
import { presets as residualPresets, residualOptionsCodec } from '../../lib/systems/residual/settings.ts'
import { withFolder } from '../folder.ts'
import { inWorld } from './fake-world.ts'

/** Options as the folders of runs hold them, by the command that wrote them. */
const runs = {
  gam: gamOptionsCodec.encode(gamPresets.tiny),
  residual: residualOptionsCodec.encode(residualPresets.tiny),
  'earm lm': optionsCodec(eArmExperiments.lm).encode(eArmPresets.lm.tiny),
  'earm image': optionsCodec(eArmExperiments.image).encode(eArmPresets.image.tiny),
  'earm translate': optionsCodec(eArmExperiments.translate).encode(eArmPresets.translate.tiny),
}

/** Every command that takes the folder of a run, and whose folder it takes. */
const commands: readonly (readonly [argv: string, of: keyof typeof runs])[] = [
  ['gam --resume', 'gam'],
  ['gam generate --run', 'gam'],
  ['residual --resume', 'residual'],
  ['residual train --resume', 'residual'],
  ['residual evaluate --run', 'residual'],
  ['residual generate --prompt a --run', 'residual'],
  ['residual analyse --run', 'residual'],
  ...(['earm lm', 'earm image', 'earm translate'] as const).flatMap(
    (task) =>
      [
        [`${task} --resume`, task],
        [`${task} evaluate --run`, task],
      ] as const,
  ),
  ['earm lm sample --run', 'earm lm'],
  ['earm image sample --run', 'earm image'],
  ['earm translate sample --text a --run', 'earm translate'],
]

const crossed = commands.flatMap(([argv, own]) =>
  Object.entries(runs).flatMap(([other, options]) => (other === own ? [] : [{ argv, own, other, options }])),
)

describe('the folder of a run', () => {
  it.each(crossed)('$argv DIR, where DIR is of exptilt $other: says so', ({ argv, own, other, options }) =>
    withFolder(async (folder) => {
      const directory = join(folder, 'run')
      mkdirSync(directory)
      writeFileSync(join(directory, 'options.json'), exactJson(options))
      const seen = await inWorld((world) => main([...argv.split(' '), directory], world))({})
      const words = other.startsWith('earm') && own.startsWith('earm') ? own : `exptilt ${own}`
      expect([seen.code, seen.stdout]).toEqual([2, ''])
      expect(seen.stderr).toBe(
        `the run in ${directory} is one of exptilt ${other}, not of ${words}: use exptilt ${other}.\n`,
      )
    }),
  )
})
