/** Strings of a finished run: of its trained models, the same ones again, and none before the model is there. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../../lib/cli/main.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { drawGam } from '../../../lib/systems/gam/generation.ts'
import { inWorld } from '../../cli/fake-world.ts'
import { left, right } from '../../either.ts'
import { emptyFolder, runTiny, tiny } from './tiny.ts'

const { path: directory, remove } = emptyFolder()

const drawIn = (folder: string) =>
  drawGam({ progress: silentProgress, signal: new AbortController().signal, directory: folder })

beforeAll(async () => void right(await runTiny(tiny, { directory })), 60_000)
afterAll(remove)

describe('draws of a finished run', { timeout: 60_000 }, () => {
  it('are strings of its alphabet, the same for the same seed, others for another seed or model', async () => {
    const draw = drawIn(directory)
    const asked = { model: 'student', count: 12, seed: 1 } as const
    const strings = right(await draw(tiny, asked)())
    expect(strings).toHaveLength(12)
    for (const text of strings) expect(text).toMatch(/^[ab]*$/)
    expect(right(await draw(tiny, asked)())).toEqual(strings)
    expect(right(await draw(tiny, { ...asked, seed: 2 })())).not.toEqual(strings)
    expect(right(await draw(tiny, { ...asked, model: 'base' })())).not.toEqual(strings)
  })

  it('need the model: of a run that did not get so far, how it goes on', async () => {
    const early = emptyFolder()
    left(await runTiny(tiny, { directory: early.path, abortAt: ['sampling from r', 1] }))
    const draw = drawIn(early.path)
    const refused = left(await draw({ ...tiny, out: 'DIR' }, { model: 'student', count: 1, seed: 1 })())
    expect(refused).toMatchObject({ tag: 'Checkpoint', remedy: 'go on with it first: exptilt gam --resume DIR' })
    expect(right(await draw(tiny, { model: 'base', count: 1, seed: 1 })())).toHaveLength(1)
    early.remove()
  })

  it('by the command: of a folder that is no run one sentence, and nothing is trained', async () => {
    const seen = await inWorld((world) => main(['gam', 'generate', '--run', directory], world))()
    expect([seen.code, seen.stdout, seen.runs]).toEqual([2, '', []])
    expect(seen.stderr).toContain('give the folder of a run of exptilt gam to --run')
  })
})
