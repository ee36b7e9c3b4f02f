/** Bugs that specs once missed, and those of tilting that they may not miss, each as a change of a text that stands once in its file: `npm run mutants -- --known`. */

/** A bug: the characters `from`, which must stand in the file exactly once, become `to`. */
export interface KnownBug {
  readonly file: string
  readonly from: string
  readonly to: string
  /** The spec that was written for it, where that is not among the nearest. */
  readonly spec?: string
}

export const knownBugs: readonly KnownBug[] = [
  // Training: the feeds of the next step, means that run on, rows that only fill a batch, one order and one dropout for all.
  { file: 'lib/train/steps.ts', from: 'run(batches(step, state))', to: 'run(batches(step + 1, state))' },
  { file: 'lib/train/steps.ts', from: 'running: { count: 0, sums: {} },', to: 'running: current.running,' },
  { file: 'lib/train/strings.ts', from: '.fill(1, 0, picked.length)', to: '.fill(1)' },
  {
    file: 'lib/train/strings.ts',
    from: 'epochOrders((epoch) => fold(fold(key, epoch), 0),',
    to: 'epochOrders(() => fold(key, 0),',
  },
  { file: 'lib/train/strings.ts', from: '(step % steps) + 1)', to: '1)' },
  { file: 'lib/train/strings.ts', from: 'weight: (step: number) => pickedAt(step).length,', to: 'weight: () => 1,' },
  // Drawing: a little off, from old programs, or at a tie.
  { file: 'shaders/lstm_draw.wgsl', from: 'cumulative <= u * softmax.y', to: 'cumulative <= 0.98 * u * softmax.y' },
  {
    file: 'lib/automata/sample.ts',
    from: 'u * at(c.totals, state))',
    to: 'u * (at(c.totals, state) - 0.02 * at(c.automaton.stop, state)))',
  },
  {
    file: 'lib/models/language-sample.ts',
    from: 'if (rows < length) store.drop((name) => /^(memory|step|prefill) /.test(name))',
    to: '',
    spec: 'specs/models/language-runtime.spec.ts',
  },
  { file: 'lib/models/decoding-host.ts', from: 'mass < wanted', to: 'mass <= wanted' },
  { file: 'lib/ops/top-k.ts', from: 'mass < wanted', to: 'mass <= wanted' },
  // Estimates: the factor n/(n − 1), the share of acceptances, one key for two draws.
  {
    file: 'lib/energy/logpartition.ts',
    from: '(Math.max(0, squares - 1 / n) * n) / (n - 1)',
    to: 'Math.max(0, squares - 1 / n)',
  },
  { file: 'lib/energy/weights.ts', from: '(squares * rest.n) / (rest.n - 1)', to: 'squares' },
  { file: 'lib/energy/rejection.ts', from: '(k - 1) / (trials - 1)', to: 'k / trials' },
  { file: 'lib/energy/resampling.ts', from: 'resample(fold(key, 1),', to: 'resample(fold(key, 0),' },
  // Tilting: a weight dropped, a wrong ancestor, a twist of the wrong length, what is remembered of a row not moved with it.
  {
    file: 'lib/tilt/proposal.ts',
    from: 'return { logWeight: logTotal - twist(state, left), draw }',
    to: 'return { logWeight: logTotal === Number.NEGATIVE_INFINITY ? logTotal : 0, draw }',
    spec: 'specs/tilt/samplers.spec.ts',
  },
  {
    file: 'lib/tilt/population.ts',
    from: 'from[island * n + i] = island * n + ancestor',
    to: 'from[island * n + i] = island * n + ((ancestor + 1) % n)',
    spec: 'specs/tilt/population.spec.ts',
  },
  {
    file: 'lib/tilt/proposal.ts',
    from: '+ twist(at(targets, k), left - 1)\n    scores[k]',
    to: '+ twist(at(targets, k), left)\n    scores[k]',
    spec: 'specs/tilt/population.spec.ts',
  },
  {
    file: 'lib/models/language-growth.ts',
    from: 'row = at(link.parents, row)',
    to: 'row = Math.min(row, at(link.parents, row))',
  },
  {
    file: 'lib/models/language-growth.ts',
    from: 'let row = at(parents, start + r)',
    to: 'let row = Math.min(start + r, grown.count - 1)',
  },
  {
    file: 'lib/onnx/reading.ts',
    from: 'const from = (o * batch + at(parents, r)) * inner',
    to: 'const from = (o * batch + Math.min(r, batch - 1)) * inner',
    spec: 'specs/tilt/adapters.spec.ts',
  },
]
