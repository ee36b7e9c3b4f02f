/**
 * What a finished GAM run can be exported as: programs with the values of their parameters, from its saved state.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Alphabet, alphabetOf, symbolCount } from '../../data/strings.ts'
import { type Failure, failure } from '../../errors.ts'
import {
  type FileModel,
  fileNotes,
  logitsProgram,
  logProbabilityProgram,
  type RunFile,
} from '../../models/file-programs.ts'
import { lstmModel, type LstmParameters, lstmParameterAxes } from '../../models/lstm.ts'
import { lstmLogits } from '../../ops/lstm-model.ts'
import { gamFeatures } from './features.ts'
import { energyNotes, energyProgram, featureTable } from './file-energy.ts'
import type { GamOptions } from './options.ts'
import { readLines } from './process.ts'
import type { GamState } from './state.ts'

/** The models of a run: r, and the π distilled from the tilted r. */
type GamModelName = 'base' | 'student'

/** What a file computes. */
type FileContent = 'logits' | 'log-probability' | 'energy'

const lacking = (what: string, remedy: string): Failure => failure('Checkpoint', `the run has no ${what} yet`, remedy)

/** The symbols of a run's strings. `File` where those that it was trained on are gone. */
export const alphabetFor = ({ data }: GamOptions): E.Either<Failure, Alphabet> =>
  data.kind === 'motif' ? E.right({ symbols: ['0', '1'] }) : pipe(readLines(data.file), E.map(alphabetOf))

/** The LSTM of a run as a file needs it. */
const lstmFile = ({ hidden, layers }: GamOptions, alphabet: Alphabet): FileModel => {
  const size = { symbols: symbolCount(alphabet), hidden, layers }
  return {
    symbols: size.symbols,
    end: size.symbols - 1,
    parameters: lstmParameterAxes(size),
    logits: (parameters, tokens) => lstmLogits(lstmModel(size, parameters), tokens),
  }
}

const modelFile = (
  options: GamOptions,
  alphabet: Alphabet,
  parameters: LstmParameters,
  what: 'logits' | 'log-probability',
): Pick<RunFile, 'program' | 'values' | 'notes'> => {
  const model = lstmFile(options, alphabet)
  const program = what === 'logits' ? logitsProgram(model) : logProbabilityProgram(model)
  return { program, values: parameters, notes: fileNotes }
}

const energyFile = (
  options: GamOptions,
  alphabet: Alphabet,
  lambda: readonly number[],
): E.Either<Failure, Pick<RunFile, 'program' | 'values' | 'notes'>> =>
  pipe(
    gamFeatures(options.data, options.features),
    E.flatMap(({ automata }) => automata(alphabet)),
    E.flatMap(E.traverseArray(featureTable)),
    E.map((tables) => ({
      program: energyProgram(tables, symbolCount(alphabet)),
      values: { lambda: Float64Array.from(lambda) },
      notes: energyNotes,
    })),
  )

const metadataOf = (alphabet: Alphabet, options: GamOptions, what: FileContent, model: GamModelName) => ({
  'exptilt.what': what,
  ...(what === 'energy' ? {} : { 'exptilt.model': model }),
  'exptilt.symbols': JSON.stringify([...alphabet.symbols, '<EOS>']),
  'exptilt.units': what === 'logits' ? 'nats, up to a constant of each position' : 'nats',
  'exptilt.options': JSON.stringify({ ...options, out: undefined }),
})

/**
 * The file of a run's model or energy. Left `Checkpoint` when the run has not got so far; `File` when the strings that it
 * was trained on, which give the alphabet, are gone.
 */
export const gamFile = (
  options: GamOptions,
  state: GamState,
  what: FileContent,
  model: GamModelName,
): E.Either<Failure, RunFile> =>
  pipe(
    alphabetFor(options),
    E.bindTo('alphabet'),
    E.bind('content', ({ alphabet }): E.Either<Failure, Pick<RunFile, 'program' | 'values' | 'notes'>> => {
      if (what === 'energy')
        return state.fitted === undefined
          ? E.left(lacking('fitted λ', 'continue it with `exptilt gam --resume`'))
          : energyFile(options, alphabet, state.fitted.lambda)
      const fit = state.fits[model]
      return fit === undefined
        ? E.left(lacking(`model '${model}'`, 'continue it with `exptilt gam --resume`, or choose another --model'))
        : E.right(modelFile(options, alphabet, fit.best, what))
    }),
    E.map(({ alphabet, content }) => ({
      ...content,
      description: `${what} of ${what === 'energy' ? 'a global autoregressive model' : `the LSTM '${model}' of a GAM run`}`,
      metadata: metadataOf(alphabet, options, what, model),
    })),
  )
