/** `exptilt residual` with the real system and wrong files: one sentence each, exit code 2, the run's folder as it was. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { namedArray, type NamedArrays } from '../../lib/codec/array.ts'
import { encodeSafetensors } from '../../lib/codec/safetensors.ts'
import { main } from '../../lib/cli/main.ts'
import { trainBpe } from '../../lib/data/bpe.ts'
import { key } from '../../lib/key.ts'
import { toGpt2 } from '../../lib/models/checkpoint-names.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { readRecord } from '../../lib/report/report-files.ts'
import { residualResultsCodec } from '../../lib/systems/residual/results-codec.ts'
import { baseSize } from '../../lib/systems/residual/networks.ts'
import { right } from '../either.ts'
import { generatedText, textFolder, tinyOptions } from '../systems/residual/tiny.ts'
import { inWorld } from './fake-world.ts'

const folder = textFolder()
const at = (name: string): string => join(folder.path, name)
const exptilt = (...argv: readonly string[]) => inWorld((world) => main(['residual', ...argv], world))()

/** The last line of what was said: a command that begins to run tells its progress before it refuses. */
const sentence = (stderr: string): string => stderr.trim().split('\n').at(-1) ?? ''

const small = [
  ...['--preset', 'tiny', '--device', 'onnx', '--without-baselines', '--prefix', '5', '--modelled', '3'],
  ...['--width', '8', '--heads', '2', '--layers', '1', '--feed-forward', '8', '--chunks', '4', '--count', '3'],
  ...['--steps', '2', '--batch', '4', '--energy-steps', '2', '--energy-batch', '4', '--pool', '16'],
]

const tokenizerOf = (symbols: number): string => right(trainBpe({ symbols })([generatedText(60)])).json()

const trained = at('trained')

beforeAll(async () => {
  writeFileSync(at('tokenizer.json'), tokenizerOf(270))
  const done = await exptilt(
    ...['train', '--data', folder.file, '--tokenizer', at('tokenizer.json'), ...small, '--out', trained],
  )
  expect([done.code, done.stdout]).toEqual([0, expect.stringContaining('report.html')])
}, 60_000)
afterAll(folder.remove)

describe('a corpus that is no text', { timeout: 30_000 }, () => {
  const files: readonly (readonly [string, Uint8Array, string])[] = [
    ['empty', new Uint8Array(0), 'is empty'],
    ['binary', Uint8Array.of(65, 0, 66, 10), 'is no text: it has a zero at offset 1'],
    ['latin', Uint8Array.of(0x61, 0xe9, 0x20, 0x62), 'is not text in UTF-8'],
    ['blank', new TextEncoder().encode(' \n\n '), 'holds nothing but white space'],
  ]
  for (const [name, bytes, part] of files)
    it(`${name}: one sentence, exit code 2, no folder left behind`, async () => {
      writeFileSync(at(name), bytes)
      const seen = await exptilt('train', '--data', at(name), ...small, '--out', at(`run-${name}`))
      expect([seen.code, seen.stdout]).toEqual([2, ''])
      expect(sentence(seen.stderr)).toContain(`${at(name)} ${part}`)
      expect(existsSync(at(`run-${name}`))).toBe(false)
    })
})

describe('a run that does not fit its folder', { timeout: 60_000 }, () => {
  it('another tokenizer.json than the checkpoint’s on --resume', async () => {
    const before = readFileSync(at('tokenizer.json'), 'utf8')
    writeFileSync(at('tokenizer.json'), tokenizerOf(280))
    const seen = await exptilt('evaluate', '--run', trained)
    writeFileSync(at('tokenizer.json'), before)
    expect(seen.code).toBe(2)
    expect(sentence(seen.stderr)).toMatch(
      /the tokenizer has \d+ symbols and the checkpoint 270: use the tokenizer.json/,
    )
  })

  it('a checkpoint of another shape', async () => {
    const path = join(trained, 'options.json')
    const before = readFileSync(path, 'utf8')
    const { network, ...rest } = JSON.parse(before)
    writeFileSync(path, JSON.stringify({ ...rest, network: { ...network, feedForward: 16 } }))
    const seen = await exptilt('evaluate', '--run', trained)
    writeFileSync(path, before)
    expect(seen.code).toBe(2)
    expect(sentence(seen.stderr)).toContain('other settings')
  })

  it('a prompt that is longer than the context', async () => {
    const seen = await exptilt('generate', '--run', trained, '--prompt', 'saw dogs and the cat sat on a mat and saw')
    expect(seen.code).toBe(2)
    expect(sentence(seen.stderr)).toMatch(/--prompt has \d+ tokens, and the context of the model is 8: give at most 7/)
  })
})

describe('a base from a file', { timeout: 60_000 }, () => {
  const size = baseSize(tinyOptions(''), 257, 256)
  const tensors = toGpt2(size)(transformer(size).initialise(key(3)))
  const write = (name: string, given: NamedArrays): string => {
    mkdirSync(at('bases'), { recursive: true })
    writeFileSync(at(`bases/${name}`), right(encodeSafetensors({ metadata: {}, tensors: given })))
    return at(`bases/${name}`)
  }
  const trainOn = (path: string, ...more: readonly string[]) =>
    exptilt('train', '--data', folder.file, ...small, ...more, '--base', path, '--out', `${path}-run`)
  const longer = namedArray([20, size.model], new Float32Array(20 * size.model).fill(0.5))

  it('is used as it is, and its later positions are not', async () => {
    const path = write('good', { ...tensors, 'wpe.weight': longer })
    const seen = await trainOn(path)
    expect([seen.code, seen.stderr]).toEqual([0, expect.not.stringContaining('the base model')])
    const { fits } = right(await readRecord(residualResultsCodec)(`${path}-run`)())
    expect(fits['base']?.curve).toHaveLength(1)
    expect(Number.isFinite(fits['base']?.best)).toBe(true)
  })

  const wrong: readonly (readonly [string, NamedArrays, string])[] = [
    ['foreign', { ...tensors, 'h.0.attn.rotary': longer }, "the checkpoint's tensor 'h.0.attn.rotary' has no place in"],
    ['shape', { ...tensors, 'wte.weight': longer }, "the checkpoint's tensor 'wte.weight' has shape [20, 8]"],
    ['short', { ...tensors, 'wpe.weight': namedArray([6, 8], new Float32Array(48)) }, 'longer than the checkpoint'],
    ['lacking', { 'wte.weight': longer }, 'the checkpoint'],
  ]
  for (const [name, given, part] of wrong)
    it(`${name}: one sentence, exit code 2`, async () => {
      const seen = await trainOn(write(name, given))
      expect(seen.code).toBe(2)
      expect(sentence(seen.stderr)).toContain(part)
      expect(sentence(seen.stderr)).toContain(at(`bases/${name}`))
    })

  it('no safetensors file, and no file', async () => {
    writeFileSync(at('text.safetensors'), 'not tensors at all')
    for (const path of [at('text.safetensors'), at('absent.safetensors')]) {
      const seen = await trainOn(path)
      expect(seen.code).toBe(2)
      expect(sentence(seen.stderr)).toContain(path)
    }
  })
})
