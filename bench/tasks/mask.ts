/** The tokens that a state of a schema's automaton allows, when it is first reached and when it is known. Times are for one mask. */
import { fromEither } from 'fp-ts/lib/TaskEither.js'
import * as E from 'fp-ts/lib/Either.js'
import { compile } from '../../lib/tilt/compile.ts'
import { lift } from '../../lib/tilt/lift.ts'
import { jsonSchema } from '../../lib/tilt/schema.ts'
import { numberIn, type Task } from '../clock.ts'
import { must } from '../open.ts'
import { madeUpSchema, madeUpVocabulary } from '../vocabulary.ts'

/** Settings: `tokens`, `properties`, `states` (visited), `known` ('yes': each was reached before). */
export const measure: Task = async (settings) => {
  const texts = madeUpVocabulary(numberIn(settings, 'tokens'))
  const automaton = await must(
    fromEither(E.flatMap(compile)(jsonSchema(madeUpSchema(numberIn(settings, 'properties'))))),
  )
  // A first automaton of the vocabulary builds its tree, and warms the code up.
  const ends = [texts.length - 1]
  const warm = lift(automaton, { texts, ends })
  const step = Math.max(1, Math.floor(automaton.states / numberIn(settings, 'states')))
  const states = Array.from({ length: Math.floor(automaton.states / step) }, (_, i) => i * step)
  for (const state of states) warm.mask(state)
  const measured = settings['known'] === 'yes' ? warm : lift(automaton, { texts, ends })
  const times: number[] = []
  let allowed = 0
  for (const state of states) {
    const start = performance.now()
    allowed += measured.mask(state).tokens.length
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const place = (share: number): string => ((times[Math.floor(share * (times.length - 1))] ?? 0) * 1000).toFixed(1)
  const facts = {
    states: states.length,
    allowed: Math.round(allowed / states.length),
    'median (µs)': place(0.5),
    '95 % (µs)': place(0.95),
  }
  return { times, facts }
}
