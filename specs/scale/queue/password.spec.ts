/** Passwords: whatever is typed as the address of a queue, and whatever goes wrong, nothing that is told or kept holds its password. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { main } from '../../../lib/cli/main.ts'
import { parseArguments } from '../../../lib/cli/parse.ts'
import { describeFailure, type Failure } from '../../../lib/errors.ts'
import { askedFor, optionsCodec } from '../../../lib/experiment/experiment.ts'
import { queueUrl } from '../../../lib/scale/queue/url.ts'
import { eArmExperiments } from '../../../lib/systems/e-arm/settings.ts'
import { gamExperiment } from '../../../lib/systems/gam/settings.ts'
import { residualExperiment } from '../../../lib/systems/residual/settings.ts'
import { inWorld } from '../../cli/fake-world.ts'
import { filesIn, withFolder } from '../../folder.ts'

/** Addresses, right and wrong; nobody listens at those that are right. */
const addresses = [
  'redis://me:secret@127.0.0.1:1',
  'rediss://:secret@127.0.0.1:1/2?prefix=mine',
  'redis://secret@127.0.0.1:1',
  'redis://me:secret@h/abc',
  'redis://me:secret@h/0?prefix=a/../b',
  'redis://me:secret@h/0?tls=no',
  'redis://h/0?password=secret',
  'redis://me:a/secret@h',
  'redis://me:a#secret@h',
  'redis://me:a?secret@h',
  'redis://me:a@secret@h:x',
  'redis://me:a secret@h',
  'redis://me:%secret@h',
  'redis://:secret@',
  'http://me:secret@h',
  '//me:secret@h',
  'me:secret@h:6379',
  'secret@h',
]

const told = (failure: Failure): string => `${describeFailure(failure)} ${JSON.stringify(failure)}`

const kept = <O, P extends string>(experiment: Parameters<typeof askedFor<O, P>>[0], text: string): string => {
  const found = askedFor(experiment)({ '--preset': 'tiny', '--on': text })
  return E.isLeft(found) ? told(found.left) : JSON.stringify(optionsCodec(experiment).encode(found.right))
}

describe('an address of a queue', () => {
  it.each(addresses)('%s: its password is in no failure and in no options that are kept', (text) => {
    const found = queueUrl(text)
    expect(E.isLeft(found) ? told(found.left) : found.right.shown).not.toContain('secret')
    expect(kept(gamExperiment, text)).not.toContain('secret')
    expect(kept(residualExperiment, text)).not.toContain('secret')
    expect(kept(eArmExperiments.lm, text)).not.toContain('secret')
  })

  it.each(addresses)('%s: its password is in nothing that a command says or writes', (text) =>
    withFolder(async (folder) => {
      for (const argv of [
        ['worker', '--on', text],
        ['gam', '--preset', 'tiny', '--on', text, '--out', join(folder, 'gam')],
        ['gam', 'sweep', '--grid', 'figure-2c', '--train', '500', '--on', text, '--out', join(folder, 'sweep')],
        ['gam', '--resume', join(folder, 'gam'), '--on', text],
      ]) {
        const seen = await inWorld((world) => main(argv, world))()
        expect(seen.stdout + seen.stderr).not.toContain('secret')
      }
      for (const name of filesIn(folder)) expect(readFileSync(join(folder, name), 'utf8')).not.toContain('secret')
    }),
  )

  it('is not repeated where it was typed in a wrong place', async () => {
    for (const argv of [
      ['redis://me:secret@h'],
      ['gam', 'rediss://me:se@cret@h'],
      ['worker', '--of', 'redis://:secret@h'],
    ])
      expect(JSON.stringify(await parseArguments(argv, 80))).not.toMatch(/secret|cret@/)
  })
})
