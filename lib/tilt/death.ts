/** Why a particle died: which of the constraints allows nothing more, asked when it has happened. */
import * as E from 'fp-ts/lib/Either.js'
import { at } from '../at.ts'
import { type ByteAutomaton, compile, run } from './compile.ts'
import { type Constraint, DEAD } from './constraint.ts'
import { spelled } from './model.ts'
import { END, type Standing, type Tilting } from './proposal.ts'

/** The death of a particle: where, after what text, and by what. */
export interface Death {
  readonly island: number
  readonly particle: number
  /** Tokens before it. */
  readonly step: number
  readonly text: string
  readonly cause: string
}

/** How many particles died by each cause, in the order in which the causes came up. */
export const causesOf = (deaths: readonly Death[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const { cause } of deaths) counts.set(cause, (counts.get(cause) ?? 0) + 1)
  return counts
}

const tables = new WeakMap<Constraint, ByteAutomaton | 'empty'>()

const tableOf = (part: Constraint): ByteAutomaton | 'empty' => {
  const known = tables.get(part) ?? E.getOrElse((): ByteAutomaton | 'empty' => 'empty')(compile(part))
  tables.set(part, known)
  return known
}

/** Whether one constraint, alone, allows a token (or the end) after some bytes. */
const allowedBy = (
  part: Constraint,
  texts: readonly Uint8Array[],
  before: Uint8Array,
): ((token: number) => boolean) => {
  const table = tableOf(part)
  if (table === 'empty') return () => false
  const state = run(table, 0, before)
  return (token) =>
    state !== DEAD && (token === END ? table.accepts[state] === 1 : run(table, state, at(texts, token)) !== DEAD)
}

/** What the model may go on with, were there room; a forced end, of which the model is not asked, rules nothing out. */
const possible = ({ prepared }: Tilting, { logs }: Standing): readonly number[] => {
  const { texts, ends } = prepared.target.model
  const finite = (token: number): boolean => logs.length === 0 || at(logs, token) > Number.NEGATIVE_INFINITY
  const tokens = texts.flatMap((text, v) => (text.length > 0 && !ends.includes(v) && finite(v) ? [v] : []))
  return ends.some(finite) ? [...tokens, END] : tokens
}

/** What stands in the way of all of some tokens, or of all that the model may go on with. */
export const causeOf = (tilting: Tilting, standing: Standing, tokens?: readonly number[]): string => {
  const { prepared, check } = tilting
  const { constraint, target, canonical, least } = prepared
  if (tokens?.[0] === END && canonical?.(standing.tokens) === false)
    return 'the tokenizer, which spells the text otherwise'
  const candidates = tokens ?? possible(tilting, standing)
  if (candidates.length === 0) return 'the model, which gives nothing that may follow'
  const before = spelled(target.model.texts, standing.tokens)
  const blocked = constraint.parts.find((part) => !candidates.some(allowedBy(part, target.model.texts, before)))
  if (blocked !== undefined) return blocked.name
  if (!candidates.some(allowedBy(constraint, target.model.texts, before))) return constraint.name
  if (standing.tokens.length < least) return `the least of ${least} tokens`
  return check === undefined
    ? `the limit of ${target.limit} tokens`
    : `${check.name} or the limit of ${target.limit} tokens`
}
