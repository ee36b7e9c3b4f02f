/**
 * Guarded programs where state stays on the device: the program itself selects, by the guard's first state after the run,
 * between the new value of every other state and the old.
 */
import type { Program, StateVariable } from '../executor.ts'
import { typeOf } from '../expr.ts'
import { anyTensor, typedOf } from '../typed.ts'
import { field } from '../at.ts'
import { constantOf, equal, where } from '../ops/pointwise.ts'
import { keysOf, recordOf } from '../phantom.ts'

/** The program whose other states stay as they were once its guard fails. */
export const selecting = <S extends string, O extends string>(program: Program<S, O>): Program<S, O> => {
  const { guard, state } = program
  if (guard === undefined) return program
  const states: Program['state'] = state
  const fault = typedOf('i32')()(field(states, guard.states[0]).next)
  const good = equal(fault, constantOf('i32', 0))
  const kept = ({ input, next }: StateVariable): StateVariable => {
    const { dtype } = typeOf(input)
    const as = anyTensor(dtype)
    return { input, next: where(good, as(next), as(input)) }
  }
  return {
    ...program,
    state: recordOf(keysOf(state), (name): StateVariable => {
      const variable: StateVariable = state[name]
      return guard.states.includes(name) || variable.next === variable.input ? variable : kept(variable)
    }),
  }
}
