/**
 * The list of measurements and the ratios that the project promises. Contestants of one case follow each other, so that
 * they meet the machine in the same state.
 */
import type { Job, Settings } from './types.ts'

/** `quick`: one repeat and few steps, to see that everything runs. `cores`: threads for those who must be told. */
export interface SuiteOptions {
  readonly repeats: number
  readonly quick: boolean
  readonly cores: number
}

/**
 * A promise: the best time of `faster`, with workers or without, is at least `ratio` times shorter than that of the best among `than`.
 * `flop`: operations of the products in one unit of the rate, which say how much of the machine the promise asks for.
 */
export interface Promised {
  readonly group: string
  readonly case: string
  readonly faster: string
  readonly than: string
  readonly ratio: number
  readonly flop?: number
  readonly adapter?: 'hardware' | 'software'
}

const WEBGPU = 'exptilt WebGPU'
const ONNX = 'exptilt ONNX'
const [SMC, PLAIN] = ['sequential Monte Carlo', 'plain sampling']
const MODEL = { hidden: 200, layers: 2, time: 31 }
const TRANSFORMER = { model: 128, layers: 4, heads: 4, time: 160 }
const TINY = { hidden: 8, layers: 2, time: 6, batch: 4 }

/** The network of `exptilt earm lm --preset small`, searched from 16 prefixes. */
const BEAM = { model: 96, layers: 3, heads: 4, time: 64, batch: 16, prefix: 16, width: 5 }

/** Convolutions of the small PixelCNN on MNIST, and one of 64 maps. */
const CONVOLUTIONS = [
  { window: 7, kind: 'A', input: 1, output: 48, taps: 24 },
  { window: 3, kind: 'B', input: 24, output: 24, taps: 5 },
  { window: 3, kind: 'B', input: 64, output: 64, taps: 5 },
]

const TRAINED = '4×128, 160 bytes, batch 32'
const SAMPLED = '4×128, 160 bytes, 64 rows'
const ATTENDED = 'causal, forward and backward, 32×4×160×32'
const SEARCHED = '3×96, width 5, 16 prefixes of 16 to 64 bytes'

const convolvedAs = ({ window, kind, input, output }: (typeof CONVOLUTIONS)[number]): string =>
  `forward and backward, ${window}×${window} ${kind}, ${input} → ${output} maps, 32 images of 28×28`

const RESIDUAL = { model: 64, layers: 2, heads: 4, prefix: 24, time: 48 }

const ATTENTION = { batch: 32, heads: 4, time: 160, depth: 32 }

type Contestant = Pick<Job, 'contestant' | 'runner' | 'task' | 'settings'>

const ours = (task: string): readonly Contestant[] => [
  { contestant: WEBGPU, runner: 'tsx', task, settings: { device: 'webgpu' } },
  { contestant: ONNX, runner: 'tsx', task, settings: { device: 'onnx' } },
]

/** Ours with a worker thread for each core, each with a part of the batch. */
const spread = (task: string, cores: number): readonly Contestant[] =>
  cores === 1
    ? []
    : [{ contestant: `${ONNX}, ${cores} workers`, runner: 'tsx', task, settings: { device: 'onnx', workers: cores } }]

/** PyTorch with its operators on one thread and on all cores (its BLAS chooses for itself): the better one counts. */
const pytorch = (task: string, cores: number): readonly Contestant[] =>
  [...new Set([1, cores])].map((threads) => ({
    contestant: `PyTorch CPU, ${threads} ${threads === 1 ? 'thread' : 'threads'}`,
    runner: 'python',
    task,
    settings: { threads },
  }))

/** jax-js on both of its backends. */
const jax = (task: string): readonly Contestant[] => [
  { contestant: 'jax-js WebGPU', runner: 'tsx', task, settings: { backend: 'webgpu' } },
  { contestant: 'jax-js wasm', runner: 'tsx', task, settings: { backend: 'wasm' } },
]

const contraction = (cores: number): readonly Contestant[] => [
  ...ours('contraction'),
  { contestant: 'ONNX Runtime, called directly', runner: 'tsx', task: 'onnxruntime', settings: {} },
  ...jax('jax'),
  ...pytorch('contraction', cores),
]

const jobs = (
  contestants: readonly Contestant[],
  settings: Settings,
  shared: Pick<Job, 'group' | 'case' | 'work' | 'rate' | 'processes'>,
): readonly Job[] =>
  contestants.map((contestant) => ({ ...contestant, ...shared, settings: { ...settings, ...contestant.settings } }))

const alone = (contestant: string, task: string, settings: Settings = {}): Contestant => ({
  contestant,
  runner: 'tsx',
  task,
  settings,
})

const ENGLISH = '32 rows of 40 tokens, the English model of the package'

/** Constraints over tokens, and what they cost a sampler. */
const tilting = (clock: Settings): readonly Job[] => [
  ...jobs(
    [
      alone('exptilt, first reached', 'mask', { known: 'no' }),
      alone('exptilt, known', 'mask', { known: 'yes' }),
      alone('XGrammar (WebAssembly), first walk', 'mask_xgrammar', { known: 'no' }),
      alone('XGrammar (WebAssembly), known', 'mask_xgrammar', { known: 'yes' }),
    ],
    { tokens: 50_000, properties: 20, states: 300 },
    { group: 'mask of a schema', case: 'one state, 50 000 tokens' },
  ),
  ...jobs(
    [alone('exptilt', 'schema')],
    { ...clock, properties: 50 },
    { group: 'schema', case: '50 properties to an automaton' },
  ),
  ...jobs(
    [alone(SMC, 'tilted_sampling', { how: 'smc' }), alone(PLAIN, 'tilted_sampling', { how: 'plain' })],
    { ...clock, rows: 32, time: 10 },
    {
      group: 'tilted sampling',
      case: '32 rows of 10 tokens, a small decoder with a cache',
      work: 320,
      rate: 'tokens/s',
    },
  ),
  ...jobs(
    [alone(SMC, 'tilted_sampling', { how: 'smc' }), alone(PLAIN, 'tilted_sampling', { how: 'plain' })],
    { ...clock, rows: 32, time: 40, model: 'english' },
    { group: 'tilted sampling', case: ENGLISH, work: 1280, rate: 'tokens/s' },
  ),
]

const UPDATED = '4×256, 4 000 symbols, 32×20 tokens of data, as many sampled'

/** An update of E-ARM beside a plain one, and the drawing of its rows. */
const updating = (clock: Settings): readonly Job[] =>
  jobs(
    [
      alone('plain update', 'e_arm', { how: 'plain' }),
      alone('E-ARM update', 'e_arm', { how: 'e-arm' }),
      alone('sampled rows', 'e_arm', { how: 'sampling' }),
    ],
    { ...clock, device: 'onnx', threads: 1, symbols: 4000, batch: 32, time: 20, model: 256, layers: 4, heads: 8 },
    { group: 'E-ARM', case: UPDATED },
  )

const SHARDS = '2×200, 31 steps, 8 192 sequences in shards of 1 024'
const WAYS = 'workers beside the queue'
const [QUEUE, THREAD, AUTO] = ['queue, one worker', 'one worker thread', 'workers auto']

/** Shards of samples: through a queue beside the same in this process, and as many workers as are chosen beside all that can be. */
const spreading = (clock: Settings, cores: number): readonly Job[] => {
  const settings = { ...clock, ...MODEL, shard: 1024, batch: 8192, workers: 1 }
  const about = { case: SHARDS, work: 8192, rate: 'sequences/s' }
  const workers = [...new Set([1, cores])].map((count) =>
    alone(`ONNX, ${count} ${count === 1 ? 'worker' : 'workers'}`, 'spread', { how: 'threads', workers: count }),
  )
  return [
    ...jobs([alone(QUEUE, 'spread', { how: 'queue' }), alone(THREAD, 'spread', { how: 'threads' })], settings, {
      ...about,
      group: 'queue',
    }),
    ...jobs(
      [alone(AUTO, 'spread', { how: 'auto' }), alone('ONNX, all threads', 'spread', { how: 'alone' }), ...workers],
      settings,
      { ...about, group: WAYS },
    ),
  ]
}

/** All jobs, in order. */
export const suite = ({ repeats, quick, cores }: SuiteOptions): readonly Job[] => {
  const clock = { repeats: quick ? 1 : repeats, warm: quick ? 1 : 2, seconds: quick ? 2 : 15 }
  const processes = quick ? 1 : 3
  return [
    ...[256, 512, 1024].flatMap((size) =>
      jobs(
        contraction(cores),
        { ...clock, size },
        { group: 'contraction', case: `${size}³ f32`, work: (2 * size ** 3) / 1e9, rate: 'GFLOP/s' },
      ),
    ),
    ...[128, 500].flatMap((batch) =>
      jobs(
        [...ours('training'), ...spread('training', cores), ...pytorch('training', cores)],
        { ...clock, ...MODEL, batch },
        { group: 'LSTM training step', case: `2×200, 31 steps, batch ${batch}`, work: batch, rate: 'sequences/s' },
      ),
    ),
    ...[128, 1024, 4096].flatMap((batch) =>
      jobs(
        [...ours('sampling'), ...spread('sampling', cores), ...pytorch('sampling', cores)],
        { ...clock, ...MODEL, batch },
        { group: 'LSTM sampling', case: `2×200, 31 steps, ${batch} sequences`, work: batch, rate: 'sequences/s' },
      ),
    ),
    ...jobs(
      [...ours('language_training'), ...spread('language_training', cores), ...pytorch('language_training', cores)],
      { ...clock, ...TRANSFORMER, batch: 32 },
      { group: 'transformer training step', case: TRAINED, work: 32 * 160, rate: 'tokens/s' },
    ),
    ...jobs(
      [...ours('language_sampling'), ...spread('language_sampling', cores), ...pytorch('language_sampling', cores)],
      { ...clock, ...TRANSFORMER, batch: 64 },
      { group: 'transformer sampling', case: SAMPLED, work: 64 * 160, rate: 'tokens/s' },
    ),
    ...jobs(
      [...ours('attention'), ...jax('jax_attention'), ...pytorch('attention', cores)],
      { ...clock, ...ATTENTION },
      { group: 'attention', case: ATTENDED, work: 32, rate: 'rows/s' },
    ),
    ...CONVOLUTIONS.flatMap((own) =>
      jobs(
        [
          ...ours('masked_convolution'),
          ...spread('masked_convolution', cores),
          ...pytorch('masked_convolution', cores),
        ],
        { ...clock, ...own, batch: 32, side: 28 },
        {
          group: 'masked convolution',
          case: convolvedAs(own),
          work: 32,
          rate: 'images/s',
        },
      ),
    ),
    ...jobs(
      [...ours('beam'), ...spread('beam', cores), ...pytorch('beam', cores)],
      { ...clock, ...BEAM },
      {
        group: 'beam search',
        case: SEARCHED,
        work: BEAM.batch,
        rate: 'sentences/s',
      },
    ),
    ...spreading(clock, cores),
    ...tilting(clock),
    ...updating(clock),
    ...jobs(ours('encoding').slice(0, 1), clock, { group: 'encoding', case: 'a replayed dispatch', processes: 1 }),
    ...jobs(
      ours('compilation'),
      { ...MODEL, batch: 128 },
      { group: 'compilation', case: 'LSTM training step, batch 128', processes },
    ),
    ...ours('log_partition').flatMap((contestant) => {
      const samples = (quick ? 2000 : 100_000) / (contestant.contestant === WEBGPU ? 10 : 1)
      const about = `2×64, 24 bytes after 24, ${samples} samples`
      return jobs(
        [contestant],
        { ...RESIDUAL, samples },
        { group: 'log Z', case: about, work: samples, rate: 'sequences/s' },
      )
    }),
    ...jobs(
      ours('memory'),
      { ...TINY, steps: quick ? 200 : 10_000 },
      { group: 'memory', case: 'training steps of a small LSTM' },
    ),
  ]
}

/** Products of a string of 31 symbols through two layers of 200: four gates of the state of each, and of what the second reads. */
const STRING = 31 * 3 * 200 * 800 * 2

/** Parts of a string's steps that are computed where rows with the same symbols share them (docs/speed.md). */
const UNSHARED = new Map([
  [128, 25 / 31],
  [1024, 22 / 31],
  [4096, 20 / 31],
])

/** Products of a transformer's token, forward and backward: weights of four layers and of 256 symbols, and half of 160 positions. */
const TOKEN = 3 * 2 * (4 * 12 * 128 * 128 + 256 * 128 + 4 * 2 * 80 * 128)

/** Products of attention over a row, forward (2) and backward (5), half of the positions seen. */
const ATTENDED_ROW = 7 * 2 * 4 * ((160 * 161) / 2) * 32

/** What the project promises (on the adapters where it promises it). */
export const promises: readonly Promised[] = [
  { group: 'queue', case: SHARDS, faster: QUEUE, than: THREAD, ratio: 0.95 },
  { group: WAYS, case: SHARDS, faster: AUTO, than: 'ONNX', ratio: 0.95 },
  { group: 'E-ARM', case: UPDATED, faster: 'E-ARM update', than: 'plain update', ratio: 0.5 },
  ...['32 rows of 10 tokens, a small decoder with a cache', ENGLISH].map(
    (own): Promised => ({ group: 'tilted sampling', case: own, faster: SMC, than: PLAIN, ratio: 0.7 }),
  ),
  ...[256, 512, 1024].flatMap((n): readonly Promised[] => [
    { group: 'contraction', case: `${n}³ f32`, faster: WEBGPU, than: 'jax-js WebGPU', ratio: 6, adapter: 'software' },
    { group: 'contraction', case: `${n}³ f32`, faster: ONNX, than: 'ONNX Runtime', ratio: 0.9 },
  ]),
  ...[128, 500].flatMap((batch): readonly Promised[] => {
    const at = { group: 'LSTM training step', case: `2×200, 31 steps, batch ${batch}`, than: 'PyTorch' }
    return [
      { ...at, faster: WEBGPU, ratio: 0.5, adapter: 'software' },
      { ...at, faster: ONNX, ratio: batch === 128 ? 2.2 : 4.5, flop: 3 * STRING },
    ]
  }),
  ...[128, 1024, 4096].flatMap((batch): readonly Promised[] => {
    const at = { group: 'LSTM sampling', case: `2×200, 31 steps, ${batch} sequences`, than: 'PyTorch' }
    return [
      { ...at, faster: WEBGPU, ratio: 0.3, adapter: 'software' },
      { ...at, faster: ONNX, ratio: 5, flop: STRING * (UNSHARED.get(batch) ?? 1) },
    ]
  }),
  { group: 'transformer training step', case: TRAINED, faster: ONNX, than: 'PyTorch', ratio: 3.5, flop: TOKEN },
  { group: 'transformer sampling', case: SAMPLED, faster: ONNX, than: 'PyTorch', ratio: 2.5 },
  { group: 'attention', case: ATTENDED, faster: ONNX, than: 'PyTorch', ratio: 16, flop: ATTENDED_ROW },
  { group: 'attention', case: ATTENDED, faster: WEBGPU, than: 'jax-js WebGPU', ratio: 2, adapter: 'software' },
  ...CONVOLUTIONS.map(
    (own): Promised => ({
      group: 'masked convolution',
      case: convolvedAs(own),
      faster: ONNX,
      than: 'PyTorch',
      ratio: 2,
      flop: 3 * 2 * 28 * 28 * own.taps * own.input * own.output,
    }),
  ),
  { group: 'beam search', case: SEARCHED, faster: ONNX, than: 'PyTorch', ratio: 5 },
]
