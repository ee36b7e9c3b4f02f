/**
 * The GAM paper from end to end (Parshakova et al. 2019, Algorithm 1): automaton → data → r → λ → distilled strings → π →
 * measures. Every phase is saved when it ends and, where it is long, on the way; a run continues where it stopped.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { deafly, savedBefore } from '../../breath.ts'
import { effect, need } from '../../effect.ts'
import { type Bank, drawBank } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { fold } from '../../key.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { adapterOf, type OnExecutor, onExecutor } from '../executor.ts'
import { held, phase } from '../phases.ts'
import {
  type GamRun,
  baseFit,
  gamWork,
  keyOf,
  lengthLimit,
  modelOf,
  openRuntime,
  present,
  trainModel,
} from './context.ts'
import { distil, distilCyclically, featureMeans } from './distillation.ts'
import { gamFeatures } from './features.ts'
import { stringBase } from './language.ts'
import { reportOf, tiltFound } from './measures.ts'
import { fitLambda } from './moments.ts'
import { type GamOptions, sameBase, studentEpochs } from './options.ts'
import { trainPolicy } from './policy.ts'
import { gamStrings } from './process.ts'
import { type GamResults, type RunGam, type RunServices } from './results.ts'
import { gamStore, noStore } from './state.ts'
import { validateOptions } from './settings.ts'
import { softFeatures } from './twisted.ts'

/** From these many symbols on, preparing a program takes seconds. */
const LONG = 64

/** Milliseconds between two saves on the way. */
const SAVE_EVERY = 10_000

const open = async ({ run, options, executor }: OnExecutor<GamOptions>, services: RunServices): Promise<GamRun> => {
  const features = need(gamFeatures(options.data, options.features))
  const strings = need(
    await deafly(() => Promise.resolve(gamStrings(options.data, options.train, keyOf(options, 'data')))),
  )
  if (options.sampler === 'smc')
    need(
      softFeatures(
        features,
        strings.alphabet,
        features.features.names.map(() => 0),
      ),
    )
  if (strings.length >= LONG) services.progress.note(`preparing programs for strings of ${strings.length} symbols`)
  const { directory, store: given = noStore, progress } = services
  const store =
    directory === undefined ? given : await run(gamStore(directory, options, executor.description, progress.note))
  const limit = lengthLimit(options, strings.length)
  return {
    run,
    options,
    services,
    strings,
    features,
    ...openRuntime(executor, options, strings, limit),
    limit,
    ...held(await run(store.load), SAVE_EVERY, (state) => run(store.save(state))),
  }
}

/** The samples of r that moments, log Z and the weights are estimated on: made again from the key, never saved. */
const drawBase = async (gam: GamRun): Promise<Bank> => {
  const { run, options, services } = gam
  services.progress.start('sampling from r', options.bank)
  const model = modelOf(gam, baseFit(gam).best)
  const texts: string[] = []
  const chunk = 4 * gam.runtime.options.batch
  const key = keyOf(options, 'bank')
  for (let i = 0; texts.length < options.bank; i++) {
    const more = await run(stringBase(model).sample(fold(key, i), Math.min(chunk, options.bank - texts.length)))
    texts.push(...more)
    services.progress.advance(more.length, {})
  }
  services.progress.end()
  return drawBank(gam.features.features)(texts)
}

/** The trained r of an earlier run, where there is one of the same settings that got so far. */
const earlierBase = async ({ run, services, options, runtime }: GamRun): Promise<StepsState | undefined> => {
  const { baseFrom, progress } = services
  if (baseFrom === undefined || !sameBase(baseFrom.options, options)) return undefined
  const store = await run(gamStore(baseFrom.directory, baseFrom.options, runtime.executor.description, progress.note))
  const { done, fits } = await run(store.load)
  return done.includes('base') ? fits['base'] : undefined
}

const trainBase = (gam: GamRun): Promise<void> =>
  phase(gam, 'base', async () => {
    const { options, strings } = gam
    const earlier = gam.state().fits['base'] === undefined ? await earlierBase(gam) : undefined
    if (earlier !== undefined) {
      gam.services.progress.note('r is that of an earlier run with the same settings')
      gam.update((s) => ({ ...s, fits: { ...s.fits, base: earlier } }))
    }
    await trainModel(gam, {
      name: 'base',
      label: 'r',
      training: strings.training,
      validation: strings.validation,
      initial: keyOf(options, 'initialBase'),
      order: keyOf(options, 'fitBase'),
      epochs: options.maxEpochs,
      patience: options.patience,
    })
  })

const trainingOne = (gam: GamRun, bank: Bank): Promise<void> =>
  phase(gam, 'moments', async () => {
    const { run, options, strings, features, services } = gam
    const fitted = await run(
      fitLambda(options, {
        base: modelOf(gam, baseFit(gam).best),
        features: features.features,
        bank,
        target: featureMeans(gam, strings.training),
        data: strings.training.length,
        key: keyOf(options, 'lambda'),
        patience: options.patience,
        progress: services.progress,
      }),
    )
    gam.update((s) => ({ ...s, fitted }))
  })

const isPolicy = ({ regime }: GamOptions): boolean => regime === 'dpg' || regime === 'kl-dpg'

const distillation = (gam: GamRun): Promise<void> =>
  phase(gam, 'distillation', async () => {
    if (isPolicy(gam.options)) return
    const base = modelOf(gam, baseFit(gam).best)
    const { lambda } = present(gam.state().fitted, 'λ')
    if (gam.options.regime === 'cyclical') await distilCyclically(gam, base, featureMeans(gam, gam.strings.training))
    else await distil(gam, base, lambda)
    gam.update(({ fits, ...s }) => ({
      ...s,
      fits: Object.fromEntries(Object.entries(fits).filter(([name]) => name === 'base')),
    }))
  })

/** A π that only the number of epochs has stopped is not at its end: there may be more of them now. */
const reopenStudent = ({ state, update }: GamRun): void => {
  const { student } = state().fits
  if (student?.stopping.stop === false)
    update(({ done, ...s }) => ({ ...s, done: done.filter((name) => name !== 'student') }))
}

const trainStudent = (gam: GamRun): Promise<void> => {
  reopenStudent(gam)
  return phase(gam, 'student', async () => {
    const { options, strings } = gam
    if (isPolicy(options)) {
      await trainPolicy(gam, modelOf(gam, baseFit(gam).best), present(gam.state().fitted, 'λ').lambda)
      return
    }
    const samples = gam.state().stream?.samples ?? []
    await trainModel(gam, {
      name: 'student',
      label: 'π',
      training: [...samples, ...strings.training],
      validation: strings.validation,
      initial: keyOf(options, 'initialStudent'),
      order: keyOf(options, 'fitStudent'),
      epochs: studentEpochs(options),
      patience: options.patience,
    })
  })
}

/** All phases in order. */
const phases = async (gam: GamRun, executor: Executor, started: number): Promise<GamResults> => {
  await trainBase(gam)
  const bank = await drawBase(gam)
  await trainingOne(gam, bank)
  const { onTilt } = gam.services
  if (onTilt !== undefined) onTilt(await tiltFound(gam, bank))
  await distillation(gam)
  await trainStudent(gam)
  return reportOf(gam, bank, adapterOf(executor), started)
}

/**
 * Runs an experiment. On abort, and on any failure, what was done is saved first where there is a folder.
 *
 * @example
 * import { gamPresets, type RunServices } from 'exptilt/systems'
 * const started = (services: RunServices) => runGam(services)(gamPresets.tiny)
 */
export const runGam: RunGam =
  (services) =>
  (options): TaskEither<Failure, GamResults> =>
  () => {
    const started = performance.now()
    const onGam = onExecutor(validateOptions(options), services, gamWork)
    return onGam(async (on) => {
      const gam = await open(on, services)
      const forget = savedBefore(effect(() => gam.save('now')))
      try {
        return await phases(gam, on.executor, started)
      } finally {
        forget()
        await gam.save('now')
        gam.runtime.release()
        gam.trainer.release()
      }
    })()
  }
