/** Turns of the event loop around long work: what is heard, and when. */
import { describe, expect, it } from 'vitest'
import { deafly, whenDeaf, whole } from '../lib/breath.ts'

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
    const forget = whenDeaf(() => {
      heard.push('deaf')
      return () => undefined
    })
    await whole(holding(heard))
    forget()
    expect(heard).toEqual(['done', 'came'])
  })

  it('with nothing to save: listeners go deaf before it and hear again after it, whether it fails or not', async () => {
    const said: string[] = []
    const forget = whenDeaf(() => {
      said.push('deaf')
      return () => void said.push('hears')
    })
    await deafly(async () => void said.push('works'))
    await expect(deafly(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
    forget()
    expect(said).toEqual(['deaf', 'works', 'hears', 'deaf', 'hears'])
  })
})
