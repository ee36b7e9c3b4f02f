/** Commands whose runs `npm run kills` disturbs: one row each. All of them compute with ONNX Runtime, in some seconds. */

import { fileURLToPath } from 'node:url'
import { type Command, program } from '../specs/redis-server.ts'

/** A command, by the folder of its run. */
export interface Family {
  readonly name: string
  /** The family of commands that it takes its turns with; itself unless given. */
  readonly of?: string
  /** What makes a folder from which each of its runs begins. */
  readonly before?: (folder: string) => readonly string[]
  readonly begin: (folder: string) => readonly string[]
  /** Goes on with a run that was killed; unless given, it begins again. */
  readonly again?: (folder: string) => readonly string[]
  /** What runs it: `exptilt` unless given. */
  readonly run?: (...argv: readonly string[]) => Command
  /** Files that must be the same in the end; in JSON, but for times and what was asked for. */
  readonly results: readonly string[]
}

const words = (text: string): readonly string[] => text.split(' ')

const TRAINED =
  'residual train --preset tiny --width 16 --steps 10 --energy-steps 5 --pool 60 --without-baselines --device onnx'

const trained = (folder: string): readonly string[] => [...words(TRAINED), '--out', folder]

const LIBRARY = fileURLToPath(new URL('kills-library.ts', import.meta.url))

/** The commands. */
export const families: readonly Family[] = [
  {
    name: 'gam',
    begin: (folder) => [
      ...words(
        'gam --preset tiny --width 8 --train 50 --batch 50 --micro-batches 2 --distilled 64 --max-epochs 1 --bank 1024 --sampler smc',
      ),
      ...['--device', 'onnx', '--out', folder],
    ],
    again: (folder) => ['gam', '--resume', folder],
    results: ['results.json'],
  },
  {
    name: 'residual evaluate',
    of: 'residual',
    before: trained,
    begin: (folder) => [...words('residual evaluate --chunks 8 --samples 8 --run'), folder],
    results: ['results.json'],
  },
  {
    name: 'residual generate',
    of: 'residual',
    before: trained,
    begin: (folder) => [...words('residual generate --count 8 --proposals 8 --run'), folder],
    results: ['results.json', 'samples.jsonl'],
  },
  {
    name: 'earm lm',
    of: 'earm',
    begin: (folder) => [
      ...words('earm lm --preset tiny --width 16 --epochs 1 --updates 2 --measured 64 --count 8 --device onnx'),
      ...['--out', folder],
    ],
    again: (folder) => ['earm', 'lm', '--resume', folder],
    results: ['results.json'],
  },
  {
    name: 'gam sweep',
    begin: (folder) => [
      ...words(
        'gam sweep --grid figure-2c --motif 101 --length 8 --train 50,60 --moments snis --preset tiny --width 8',
      ),
      ...words('--max-epochs 1 --distilled 64 --bank 1024 --device onnx --out'),
      folder,
    ],
    results: ['sweep.json'],
  },
  {
    name: 'residual analyse',
    of: 'residual',
    before: trained,
    begin: (folder) => [
      ...words('residual analyse --analysis-rows 16 --analysis-proposals 4 --analysis-steps 4 --run'),
      folder,
    ],
    results: ['results.json'],
  },
  {
    name: 'earm table',
    of: 'earm',
    begin: (folder) => [
      ...words(
        'earm lm table 4 --lambda 0.5 --start-epoch 0,1 --preset tiny --data moby-dick --width 16 --epochs 2 --updates 1',
      ),
      ...['--measured', '32', '--count', '4', '--device', 'onnx', '--out', folder],
    ],
    results: ['cells/lambda0.5-start0/results.json', 'cells/lambda0.5-start1/results.json'],
  },
  {
    name: 'library',
    begin: (folder) => [folder],
    run: (...argv) => program('--import', 'tsx', LIBRARY, ...argv),
    results: ['results.json'],
  },
  {
    name: 'tilt',
    begin: (folder) => [...words('tilt --prompt The --contain sea --particles 96 --islands 6 --limit 8 --out'), folder],
    results: ['results.json'],
  },
  {
    name: 'earm seeds',
    of: 'earm',
    begin: (folder) => [
      ...words(
        'earm lm --seeds 2 --preset tiny --data moby-dick --width 16 --epochs 1 --updates 2 --measured 32 --count 4',
      ),
      ...['--device', 'onnx', '--out', folder],
    ],
    again: (folder) => ['earm', 'lm', '--resume', folder],
    results: ['results.json'],
  },
]
