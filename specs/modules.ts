/**
 * Every module that the shaders make: each body with each choice of its preludes.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Failure } from '../lib/errors.ts'
import { SHADERS } from '../lib/generated/shaders.ts'
import { joinParts, type Part, partsOf } from '../lib/shader.ts'

/** A module to compile: its title, what it enables, and its text. */
export interface ModuleToCompile {
  readonly title: string
  readonly enables: readonly string[]
  readonly parts: E.Either<Failure, readonly Part[]>
  readonly code: E.Either<Failure, string>
}

const choices = (sets: readonly (readonly string[])[]): readonly (readonly string[])[] =>
  sets.reduce<readonly (readonly string[])[]>(
    (made, set) => made.flatMap((head) => set.map((name) => [...head, name])),
    [[]],
  )

const enablesOf = (code: string): readonly string[] => (code.split('\n')[0] ?? '').match(/(?<=enable )\w+/g) ?? []

/** All modules, one for each body and choice of preludes. */
export const modulesToCompile = (): readonly ModuleToCompile[] =>
  Object.values(SHADERS).flatMap((body) =>
    choices(body.preludes).map((preludes) => {
      const parts = partsOf(preludes, body)
      const title = [...preludes, body.entryPoint].join(' + ')
      const code = E.map(joinParts)(parts)
      return { title, enables: E.isRight(code) ? enablesOf(code.right) : [], parts, code }
    }),
  )
