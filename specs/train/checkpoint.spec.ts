/**
 * Checkpoints: what is saved comes back to the bit, resuming equals not having stopped, and damage is found and named.
 */
import { readFile } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { type NamedArrays, namedArray } from '../../lib/codec/array.ts'
import { crc32, crc32Text } from '../../lib/codec/crc32.ts'
import { refuseNonFinite } from '../../lib/codec/non-finite.ts'
import { decodeSafetensors, encodeSafetensors } from '../../lib/codec/safetensors.ts'
import { describeFailure, failure, type Failure } from '../../lib/errors.ts'
import { listCheckpoints, loadLatest, openStore, saveCheckpoint } from '../../lib/train/checkpoint.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/train/checkpoint-format.ts'
import { groupOf, joinGroups } from '../../lib/train/groups.ts'
import { right } from '../either.ts'
import { after, next, progressCodec, start, storeIn, success } from './checkpoint-run.ts'
import { type Disk, memoryFileSystem } from './file-system-memory.ts'
import { trainingState } from './training-state.ts'

const codec = trainingState(progressCodec)

const encoded = (steps: number, seed = 3): Uint8Array => {
  const bytes = encodeCheckpoint(codec)(after(seed, steps))
  if (E.isLeft(bytes)) throw new Error(describeFailure(bytes.left))
  return bytes.right
}

const left = async (effect: () => Promise<E.Either<Failure, unknown>>): Promise<Failure> => {
  const result = await effect()
  if (E.isRight(result)) throw new Error('expected a failure')
  return result.left
}

const diskOf = (...files: readonly Uint8Array[]): Disk =>
  new Map(files.map((bytes, i) => [`runs/run.00000${i + 1}.safetensors`, bytes]))

const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
  bytes.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte))

describe('a save that the disk refuses', () => {
  const refusing = (tag: 'File' | 'Runtime') => {
    const { fileSystem } = memoryFileSystem()
    return storeIn({ ...fileSystem, list: () => TE.left(failure(tag, 'no', 'try again')) }, 'runs')
  }

  it('is a failure of the storage; other failures stay what they are', async () => {
    expect((await left(saveCheckpoint(refusing('File'))(after(3, 1)))).tag).toBe('Storage')
    expect((await left(saveCheckpoint(refusing('Runtime'))(after(3, 1)))).tag).toBe('Runtime')
  })
})

describe('checkpoint', () => {
  it('F14: save–load–save is byte-identical, and the state comes back exactly', () => {
    for (const steps of [0, 1, 7]) {
      const bytes = encoded(steps)
      const back = decodeCheckpoint(codec)(bytes)
      if (E.isLeft(back)) throw new Error(describeFailure(back.left.failure))
      expect(back.right.state).toEqual(after(3, steps).state)
      expect(encodeCheckpoint(codec)(back.right)).toEqual(E.right(bytes))
    }
  })

  it('training K steps = training k, saving, loading, training K − k, for every k', async () => {
    const total = 12
    const whole = encoded(total)
    for (let k = 1; k < total; k++) {
      const store = storeIn(memoryFileSystem().fileSystem, 'runs')
      await success(saveCheckpoint(store)(after(3, k)))
      const loaded = await success(loadLatest(store))
      if (O.isNone(loaded)) throw new Error('nothing was loaded')
      let checkpoint = loaded.value.checkpoint
      for (let i = k; i < total; i++) checkpoint = next(checkpoint)
      expect(encodeCheckpoint(codec)(checkpoint)).toEqual(E.right(whole))
    }
  })

  it('every single changed bit, and every cut, of a checkpoint is found', () => {
    const bytes = encoded(2)
    const read = decodeCheckpoint(codec)
    for (let bit = 0; bit < 8 * bytes.length; bit++) {
      const result = read(flipped(bytes, bit))
      if (E.isRight(result) || result.left.kind !== 'damaged') throw new Error(`bit ${bit} passed`)
    }
    for (let length = 0; length < bytes.length; length++) expect(E.isLeft(read(bytes.subarray(0, length)))).toBe(true)
  })

  it('falls back to the previous checkpoint when the newest is damaged, and says so', async () => {
    const memory = memoryFileSystem(diskOf(encoded(1), encoded(2), flipped(encoded(3), 4000)))
    const store = storeIn(memory.fileSystem, 'runs')
    const loaded = await success(loadLatest(store))
    expect(O.isSome(loaded) && loaded.value.checkpoint.step).toBe(2)
    const said = O.isSome(loaded) ? loaded.value.skipped.map(describeFailure) : []
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(/^run\.000003\.safetensors: .+: use an earlier checkpoint/)
    const resumed = await success(saveCheckpoint(store)(after(3, 3)))
    expect(resumed.file).toBe('run.000004.safetensors')
    const again = await success(loadLatest(store))
    expect(O.isSome(again) && again.value.checkpoint.step).toBe(3)
  })

  it('an empty store has none; a store of damaged files is a failure with a remedy', async () => {
    expect(await success(loadLatest(storeIn(memoryFileSystem().fileSystem, 'runs')))).toEqual(O.none)
    const ruined = memoryFileSystem(diskOf(new Uint8Array(0), encoded(2).subarray(0, 200)))
    const f = await left(loadLatest(storeIn(ruined.fileSystem, 'runs')))
    expect(f.tag).toBe('Checkpoint')
    expect(describeFailure(f)).toMatch(/none of the 2 checkpoints run in runs can be read .+ restore one from a copy/)
  })

  it('a whole checkpoint of other settings, another program or a later format is refused, not passed over', async () => {
    const memory = memoryFileSystem(diskOf(encoded(1), encoded(2)))
    const store = storeIn(memory.fileSystem, 'runs')
    expect(describeFailure(await left(loadLatest(store, { configHash: 'other' })))).toMatch(
      /belongs to a run with other settings \(hash "c", not "other"\): run with the settings/,
    )
    const other = await left(loadLatest({ ...store, codec: t.strict({ temperature: t.number }) }))
    expect(other.tag).toBe('Checkpoint')
    expect(describeFailure(other)).toMatch(/└─ temperature: expected a number, found nothing/)
  })

  /** The checkpoint after two steps, with another text of the run under its checksum, or other arrays. */
  const changed = (text: (given: string) => string, arrays: (given: NamedArrays) => NamedArrays): Uint8Array => {
    const { metadata, tensors } = right(decodeSafetensors(encoded(2)))
    const own = text(metadata['exptilt.checkpoint'] ?? '')
    const checksum = crc32Text(crc32(new TextEncoder().encode(own)))
    const both = { 'exptilt.checkpoint': own, 'exptilt.crc32': checksum }
    return right(encodeSafetensors({ metadata: both, tensors: arrays(tensors) }))
  }
  const same = <A>(x: A): A => x

  it('a later format is foreign, and says what to do', async () => {
    const later = (format: number) => changed((text) => text.replace('"format":1', `"format":${format}`), same)
    expect(E.isRight(decodeCheckpoint(codec)(later(1)))).toBe(true)
    const store = storeIn(memoryFileSystem(diskOf(encoded(1), later(2))).fileSystem, 'runs')
    expect(describeFailure(await left(loadLatest(store)))).toBe(
      'run.000002.safetensors: the checkpoint has format 2, and this version reads up to 1: update exptilt.',
    )
  })

  it('an array too many, too few, or under another name is damage', () => {
    const extra = { w0: namedArray([1], Float32Array.of(1)) }
    const cases: readonly ((given: NamedArrays) => NamedArrays)[] = [
      (given) => ({ ...given, ...extra }),
      (given) => ({ ...given, a: extra.w0 }),
      ({ w: _w, ...others }) => others,
      ({ w, ...others }) => ({ ...others, ...(w === undefined ? {} : { v: w }) }),
    ]
    for (const arrays of cases)
      expect(decodeCheckpoint(codec)(changed(same, arrays))).toMatchObject({ left: { kind: 'damaged' } })
  })

  it('another code version or adapter is a warning', async () => {
    const store = storeIn(memoryFileSystem(diskOf(encoded(1))).fileSystem, 'runs')
    const loaded = await success(loadLatest(store, { configHash: 'c', codeVersion: '2', adapter: 'cpu' }))
    expect(O.isSome(loaded) && loaded.value.warnings).toEqual([
      'saved with code version "1", resumed with "2": the run continues within rounding, not bit for bit',
    ])
  })

  it('a safetensors file of someone else is damaged, not a crash', () => {
    const foreign = encodeSafetensors({ metadata: {}, tensors: { w: namedArray([1], Float32Array.of(1)) } })
    const read = E.isRight(foreign) ? decodeCheckpoint(codec)(foreign.right) : E.left({ failure: { what: '' } })
    expect(E.isLeft(read) && read.left.failure.what).toMatch(/not a checkpoint of exptilt/)
  })

  it('non-finite values load with a report, and refuseNonFinite turns it into a failure', async () => {
    const store = storeIn(memoryFileSystem().fileSystem, 'runs')
    const moments = namedArray([4], Float32Array.of(1, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN))
    await success(saveCheckpoint(store)({ ...start(1), tensors: { ...start(1).tensors, moments } }))
    const loaded = await success(loadLatest(store))
    if (O.isNone(loaded)) throw new Error('nothing was loaded')
    expect(loaded.value.nonFinite).toEqual([{ name: 'moments', nans: 2, infinities: 1, first: 1 }])
    const refused = refuseNonFinite(loaded.value)
    expect(E.isLeft(refused) && describeFailure(refused.left)).toMatch(/"moments" \(2 NaN, 1 infinite\)/)
    expect(E.isRight(refuseNonFinite({ nonFinite: [] }))).toBe(true)
  })

  it('keeps the last k, ignores other files, and sweeps what interrupted saves left', async () => {
    const memory = memoryFileSystem(
      new Map([
        ['runs/run.000001.safetensors.partial', new Uint8Array(3)],
        ['runs/other.000009.safetensors', encoded(5)],
        ['runs/other.000009.safetensors.partial', new Uint8Array(3)],
        ['runs/run.000x.safetensors', new Uint8Array(3)],
      ]),
    )
    const store = storeIn(memory.fileSystem, 'runs', 2)
    expect(await success(openStore(store))).toEqual(['run.000001.safetensors.partial'])
    for (let step = 1; step <= 4; step++) await success(saveCheckpoint(store)(after(3, step)))
    expect((await success(listCheckpoints(store))).map(({ file }) => file)).toEqual([
      'run.000004.safetensors',
      'run.000003.safetensors',
    ])
    expect([...memory.disk().keys()]).toContain('runs/other.000009.safetensors')
  })

  it('keeps three where nothing else is said', async () => {
    const { keep: _keep, ...store } = storeIn(memoryFileSystem().fileSystem, 'runs')
    expect(await success(openStore(store))).toEqual([])
    for (let step = 1; step <= 5; step++) await success(saveCheckpoint(store)(after(3, step)))
    expect((await success(listCheckpoints(store))).map(({ sequence }) => sequence)).toEqual([5, 4, 3])
  })

  it.each(['', '../x', 'a/b', '.hidden', 'a b', 'x'.repeat(101)])('refuses the store name %j', async (name) => {
    const f = await left(openStore({ ...storeIn(memoryFileSystem().fileSystem, 'runs'), name }))
    expect(f.tag).toBe('Usage')
  })

  it('a state that is not JSON, and a full disk, fail with a name and leave the earlier checkpoint', async () => {
    const memory = memoryFileSystem(diskOf(encoded(1)))
    const store = storeIn(memory.fileSystem, 'runs')
    const wrong = { ...start(1), state: { ...start(1).state, progress: { seen: Number.NaN } } }
    expect(describeFailure(await left(saveCheckpoint(store)(wrong)))).toMatch(
      /progress\.seen is NaN, which JSON cannot hold/,
    )
    const full: Failure = { tag: 'File', what: 'cannot write (ENOSPC)', remedy: 'free some space', facts: {} }
    const fileSystem = { ...memory.fileSystem, write: () => async () => E.left(full) }
    const f = await left(saveCheckpoint({ ...store, fileSystem })(after(3, 2)))
    expect(f.what).toBe('runs/run.000002.safetensors was not saved: cannot write (ENOSPC)')
    expect([...memory.disk().keys()]).toEqual(['runs/run.000001.safetensors'])
  })

  it('old formats stay readable: the first checkpoint of format 1 ever written', async () => {
    const bytes = new Uint8Array(
      await readFile(new URL('../fixtures/checkpoint-format-1.safetensors', import.meta.url)),
    )
    const back = decodeCheckpoint(codec)(bytes)
    expect(E.isRight(back) && back.right.state).toEqual(after(1, 2).state)
    expect(E.isRight(back) && encodeCheckpoint(codec)(back.right)).toEqual(E.right(bytes))
  })

  it('groups of arrays are joined and taken apart', () => {
    const { tensors } = after(3, 1)
    const joined = joinGroups({ parameters: tensors, best: tensors })
    expect(Object.keys(joined).sort()).toEqual(['best/replay', 'best/w', 'parameters/replay', 'parameters/w'])
    expect({ ...groupOf('best')(joined) }).toEqual(tensors)
    expect(Object.keys(groupOf('parameter')(joined))).toEqual([])
  })
})
