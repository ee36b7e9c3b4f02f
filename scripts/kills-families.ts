/** Commands whose runs `npm run kills` disturbs: one row each. All of them compute with ONNX Runtime, in some seconds. */

/** A command, by the folder of its run. */
export interface Family {
  readonly name: string
  /** What makes a folder from which each of its runs begins. */
  readonly before?: (folder: string) => readonly string[]
  readonly begin: (folder: string) => readonly string[]
  /** Goes on with a run that was killed; unless given, it begins again. */
  readonly again?: (folder: string) => readonly string[]
  /** Files that must be the same in the end; in JSON, but for times and what was asked for. */
  readonly results: readonly string[]
  /** Seconds that a round may take at least: a run that a killed worker had is missed after 60 to 90. */
  readonly patience?: number
}

const words = (text: string): readonly string[] => text.split(' ')

const TRAINED =
  'residual train --preset tiny --width 16 --steps 20 --energy-steps 10 --pool 100 --without-baselines --device onnx'

const trained = (folder: string): readonly string[] => [...words(TRAINED), '--out', folder]

/** The commands. */
export const families: readonly Family[] = [
  {
    name: 'gam',
    begin: (folder) => [
      ...words(
        'gam --preset tiny --width 16 --train 100 --batch 50 --micro-batches 2 --distilled 256 --max-epochs 1 --bank 4096 --sampler smc',
      ),
      ...['--device', 'onnx', '--out', folder],
    ],
    again: (folder) => ['gam', '--resume', folder],
    results: ['results.json'],
  },
  {
    name: 'residual evaluate',
    before: trained,
    begin: (folder) => [...words('residual evaluate --chunks 24 --samples 12 --run'), folder],
    results: ['results.json'],
  },
  {
    name: 'residual generate',
    before: trained,
    begin: (folder) => [...words('residual generate --count 24 --proposals 8 --run'), folder],
    results: ['results.json', 'samples.jsonl'],
  },
  {
    name: 'earm lm',
    begin: (folder) => [
      ...words('earm lm --preset tiny --width 16 --epochs 1 --updates 4 --measured 128 --count 16 --device onnx'),
      ...['--out', folder],
    ],
    again: (folder) => ['earm', 'lm', '--resume', folder],
    results: ['results.json'],
  },
  {
    name: 'gam sweep',
    begin: (folder) => [
      ...words(
        'gam sweep --grid figure-2c --motif 101 --length 8 --train 100,150 --moments snis --preset tiny --width 16',
      ),
      ...words('--max-epochs 2 --distilled 256 --bank 4096 --device onnx --out'),
      folder,
    ],
    results: ['sweep.json'],
    patience: 400,
  },
]
