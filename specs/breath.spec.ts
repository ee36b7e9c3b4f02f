/** Turns of the event loop around long work: what is heard, and when. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { deafly, lengthy, savedBefore, whenDeaf, whole } from '../lib/breath.ts'
import { effect } from '../lib/effect.ts'
import { type Failure, failure } from '../lib/errors.ts'
import { left } from './either.ts'

/** Work that holds the thread while something comes that the loop would tell of. */
const holding = (heard: string[]) => async (): Promise<void> => {
  setTimeout(() => heard.push('came'), 0)
  const until = performance.now() + 5
  while (performance.now() < until) heard.length = 0
  heard.push('done')
}

describe('work that holds the thread', () => {
  it('that must not be cut off: nobody goes deaf, and what came meanwhile is heard right after it', async () => {
    const heard: string[] = []
    const forget = whenDeaf(
      () => {
        heard.push('deaf')
        return () => undefined
      },
      { saves: true },
    )
    await whole(holding(heard))
    forget()
    expect(heard).toEqual(['done', 'came'])
  })

  it('that may be cut off, since nobody who listens saves anything: listeners go deaf', async () => {
    const said: string[] = []
    const forget = whenDeaf(
      () => {
        said.push('deaf')
        return () => void said.push('hears')
      },
      { saves: false },
    )
    await whole(async () => void said.push('works'))
    forget()
    expect(said).toEqual(['deaf', 'works', 'hears'])
  })

  const lengthily = async (save: TE.TaskEither<Failure, void>) => {
    const said: string[] = []
    const say = (word: string) => void said.push(word)
    const listener = { saves: true, beforehand: () => say('told') }
    const forget = whenDeaf(() => (say('deaf'), () => say('hears')), listener)
    const unsaved = savedBefore(TE.map(() => say('saved'))(save))
    await lengthy(async () => say('works'))
    unsaved()
    forget()
    return said
  }

  it('for longer than anybody waits: what is done is saved, listeners are told, go deaf, and hear again', async () => {
    expect(await lengthily(TE.right(undefined))).toEqual(['saved', 'told', 'deaf', 'works', 'hears'])
  })

  it('for as long, where saving fails: it is not cut off', async () => {
    expect(await lengthily(TE.left(failure('Storage', 'the disk is full', 'free some')))).toEqual(['works'])
  })

  it.each([
    ['that must not be cut off', whole],
    ['for longer than anybody waits', lengthy],
    ['with nothing to save', deafly],
  ])('%s: is not begun after a signal that came before', async (_, hold) => {
    const controller = new AbortController()
    const forget = whenDeaf(() => () => undefined, { saves: true, signal: controller.signal })
    setTimeout(() => controller.abort(), 0)
    let begun = false
    const held = effect(() => hold(() => Promise.resolve((begun = true))))
    expect([left(await held()).tag, begun]).toEqual(['Interrupted', false])
    forget()
  })

  it('with nothing to save: listeners go deaf before it and hear again after it, whether it fails or not', async () => {
    const said: string[] = []
    const forget = whenDeaf(
      () => {
        said.push('deaf')
        return () => void said.push('hears')
      },
      { saves: true },
    )
    await deafly(async () => void said.push('works'))
    await expect(deafly(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    forget()
    expect(said).toEqual(['deaf', 'works', 'hears', 'deaf', 'hears'])
  })
})
