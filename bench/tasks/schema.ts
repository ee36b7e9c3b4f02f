/** A JSON Schema of many properties to an automaton over bytes. */
import * as E from 'fp-ts/lib/Either.js'
import { compile } from '../../lib/tilt/compile.ts'
import { jsonSchema } from '../../lib/tilt/schema.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { must } from '../open.ts'
import { fromEither } from 'fp-ts/lib/TaskEither.js'
import { madeUpSchema } from '../vocabulary.ts'

/** Settings: `properties`. */
export const measure: Task = async (settings) => {
  const schema = madeUpSchema(numberIn(settings, 'properties'))
  let states = 0
  const times = await timed(settings, async () => {
    states = (await must(fromEither(E.flatMap(compile)(jsonSchema(schema))))).states
  })
  return { times, facts: { states } }
}
