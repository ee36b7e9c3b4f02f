/** The examples from 19 on run: laws of own parts, and the programs that users write first. */
import { afterAll, describe, expect, it, vi } from 'vitest'
import { foldIn, key, uniforms } from '../lib/index.ts'

vi.hoisted(() => {
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})

afterAll(() => vi.restoreAllMocks())

const close = (a: number, b: number, within: number): void => expect(Math.abs(a - b)).toBeLessThanOrEqual(within)

describe('the examples', () => {
  it('19: the laws find nothing wrong with the ratio, and without it the flows between 0 and 1', async () => {
    const { answer } = await import('../examples/19-metropolis-laws.ts')
    expect(answer.right).toEqual([])
    expect(answer.wrong.map((found) => found.split(':')[0])).toEqual(['the law is stationary', 'detailed balance'])
    // π_0·k(0 → 1)·1 against π_1·½·e^{−1}: the proposal from an end is certain, that from within a half.
    const z = [0, 1, -0.5, 2].reduce((sum, l) => sum + Math.exp(l), 0)
    const [there = Number.NaN, back = Number.NaN] = (/flows (\S+), and back (\S+) /.exec(answer.wrong[1] ?? '') ?? [])
      .slice(1)
      .map(Number)
    close(there, 1 / z, 1e-12)
    close(back, 0.5 / z, 1e-12)
  })

  it('20: the laws find nothing wrong with the network, and that normalising over the batch joins its rows', async () => {
    const { answer } = await import('../examples/20-energy-laws.ts')
    expect(answer.plain).toEqual([])
    expect(answer.normalised).toEqual([expect.stringMatching(/^a thing has in a batch .*; counterexample \[\[/)])
  })

  it('21: Adam finds w = (2, 0, −1) and the offset of the line', { timeout: 60_000 }, async () => {
    const { answer } = await import('../examples/21-train-by-adam.ts')
    expect(answer.first).toBeGreaterThan(0.1)
    expect(answer.last).toBeLessThan(1e-8)
    Array.from(answer.w).forEach((w, i) => close(w, [2, 0, -1][i] ?? Number.NaN, 1e-3))
  })

  it('22: log Z of the network by summing over the letters of the words of up to 60', async () => {
    const { answer } = await import('../examples/22-network-energy.ts')
    // A unigram: a, b and the end have a third each, so n letters, k of them a, have C(n, k)/3^(n + 1).
    let [z, share] = [0, 1]
    for (let n = 0; n <= 60; n++) {
      share = 1
      for (let k = 0; k <= n; k++) {
        z += (share / 3 ** (n + 1)) * Math.exp(-Math.tanh(k - 0.5 * (n - k)))
        share = (share * (n - k)) / (k + 1)
      }
    }
    close(answer.jackknife, Math.log(z), 6 * answer.standardError)
    expect(answer.doubts).toEqual([])
  })

  it('23: the mass of the motif by counting, and an entropy that its length makes larger', async () => {
    const { answer } = await import('../examples/23-two-automata.ts')
    // The waiting time for a pattern of four letters that overlaps itself by one: Σ over lengths of what holds it.
    const stop = 0.1
    let [states, mass] = [[1, 0, 0, 0], 0]
    for (let length = 0, held = 0; length < 2000; length++) {
      const [s0 = 0, s1 = 0, s2 = 0, s3 = 0] = states.map((s) => (s * (1 - stop)) / 4)
      held = held * (1 - stop) + s3
      mass += held * stop
      // acca: after a, c, c, a; a falls back to "a", every other letter to nothing.
      states = [3 * s0 + 2 * s1 + 2 * s2 + 3 * s3, s0 + s1 + s2, s1, s2]
    }
    close(answer.mass, mass, 1e-10)
    expect(answer.entropy).toBeGreaterThan(answer.plain)
  })

  it('24: a million Gaussians have mean 0 and variance 1', { timeout: 60_000 }, async () => {
    const { answer } = await import('../examples/24-gpu-script.ts')
    close(answer.mean, 0, 6e-3)
    close(answer.variance, 1, 6 * Math.SQRT2 * 1e-3)
  })

  it('26: the entropy of strings that hold a motif, by counting those that do', async () => {
    const { answer } = await import('../examples/27-worker.ts')
    // acgt does not overlap itself: strings without it obey a(n) = 4·a(n − 1) − a(n − 4).
    const without = [1, 4, 16, 64]
    for (let n = 4; n <= 60; n++) without.push(4 * (without[n - 1] ?? 0) - (without[n - 4] ?? 0))
    close(answer ?? 0, Math.log(4 ** 60 - (without[60] ?? 0)), 1e-9)
  })

  it('25: one weight has the process but for its own error; models with less memory than the string have nothing of it', async () => {
    const { answer } = await import('../examples/25-predicate.ts')
    const inside = Array.from({ length: 4096 }, (_, i) => uniforms(foldIn(key(2019), i), 1)[0] ?? 0).filter(
      (u) => u < 0.5,
    )
    const [m, rest] = [inside.length, 4096 - inside.length]
    // λ of the process itself; 500 draws are off by 1/√(500·.1·.9) each standard error.
    close(answer.lambda ?? 0, Math.log((0.1 * m) / (0.9 * rest)), 5 * Math.sqrt(1 / 45))
    expect(answer.gam).toBeLessThan(0.01)
    // White noise by hand: log 4096 − H.
    const noise = 12 * Math.LN2 + 0.9 * Math.log(0.9 / m) + 0.1 * Math.log(0.1 / rest)
    close(noise, answer.best[0] ?? 0, 0.01)
    expect(answer.best[0]).toBeLessThanOrEqual(noise)
    expect(answer.best[1]).toBeGreaterThan(0.9 * noise)
    close(answer.best[3] ?? 1, 0, 1e-9)
    expect(answer.learnt).toBeGreaterThan(noise)
  })

  it('26: λ(C) brings the motif of the context into nearly every string, a linear one into half; π learns it beyond r', {
    timeout: 120_000,
  }, async () => {
    const { answer } = await import('../examples/26-conditional-gam.ts')
    const { motif, nats } = answer
    expect(motif.tilt).toBeGreaterThan(0.9)
    expect(motif.linear).toBeLessThan(0.7)
    expect(motif.pi).toBeGreaterThan(motif.r + 0.3)
    expect(nats.pi).toBeLessThan(nats.r - 0.04)
    expect(nats.pi).toBeGreaterThan(nats.process)
  })
})
