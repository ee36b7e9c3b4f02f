/**
 * One step of a particle: from what law its next token is drawn, and what that is worth. Whatever the proposal, the weights
 * make up for it: `E[weight · 1(token = v)] = q(v)^α·w(s, v)·ψ_{l−1}(δ(s, v))/ψ_l(s)` (proper weighting).
 */
import { at, outside } from '../at.ts'
import { cumulative } from '../energy/uniform.ts'
import { logSumExp, maximum } from '../math.ts'
import { run } from './compile.ts'
import { DEAD } from './constraint.ts'
import { type Mask, mayEnd } from './lift.ts'
import { textOf } from './model.ts'
import type { Prepared } from './target.ts'
import type { Twist } from './twist.ts'

/** In the place of a token: the text ends. */
export const END = -1

/** Draws a place from running sums: that of the first sum above a uniform share of the last. */
export type Choose = (sums: Float64Array) => number

/** A token (or `END`), the state after it, and what drawing it adds to the weight (nats). */
interface Move {
  readonly token: number
  readonly state: number
  readonly logWeight: number
}

/** What a step is worth before a token is drawn (nats; `-Infinity`: nothing can follow), and the draw. */
export interface Proposal {
  readonly logWeight: number
  readonly draw: (choose: Choose) => Move
}

/**
 * Where a particle stands: its tokens, the state after them, log q of what may follow, the log of the law from which that is
 * proposed where it is another one, and how many may still follow.
 */
export interface Standing {
  readonly tokens: readonly number[]
  readonly state: number
  readonly logs: Float64Array
  readonly proposals: Float64Array | undefined
  readonly left: number
}

/** Any function of the text so far (whole characters) and of whether it ends there: false rules it out. */
export interface Check {
  readonly name: string
  readonly allows: (text: string, ended: boolean) => boolean
}

/** How tokens are proposed: `adapted` to what can follow, by the `model` alone, or by the model with `rejection` of tokens. */
export type ProposalKind = 'adapted' | 'model' | 'rejection'

/** A target with a twist and, if there is one, a check that is asked token by token. */
export interface Tilting {
  readonly prepared: Prepared
  readonly twist: Twist
  readonly check: Check | undefined
}

/** The log of a law of the end, where that is asked for; a forced end costs nothing. */
const logEnd = ({ forced, target }: Prepared, { left }: Standing, logs: Float64Array): number =>
  forced && left === 0 ? 0 : logSumExp(target.model.ends.map((end) => at(logs, end)))

/** `α·log q(end)`, and what the end weighs. */
const endScore = (prepared: Prepared, standing: Standing): number =>
  prepared.power * logEnd(prepared, standing, standing.logs) + at(prepared.endings, standing.state)

/** Whether a text may end where it stands, by its automaton and by the tokens that it has. */
const mayStop = ({ lifted, least }: Prepared, { state, tokens }: Standing): boolean =>
  tokens.length >= least && mayEnd(lifted, state)

const passes = ({ prepared, check }: Tilting, tokens: readonly number[], token: number): boolean =>
  check === undefined ||
  check.allows(textOf(prepared.target.model.texts, token === END ? tokens : [...tokens, token]), token === END)

/** A draw from scores (nats) of some tokens and, in the last place, of the end. */
const fromScores = (
  scores: Float64Array,
  move: (place: number) => Move,
): Pick<Proposal, 'draw'> & { readonly logTotal: number } => {
  const high = maximum(scores)
  // The mass of all is the last of the sums to draw by, which particles that stand alike share with their proposal.
  const sums = new Float64Array(scores.length)
  let total = 0
  for (let k = 0; k < scores.length; k++) {
    total += Math.exp((scores[k] ?? outside(scores, k)) - high)
    sums[k] = total
  }
  return { logTotal: Number.isFinite(high) ? high + Math.log(total) : high, draw: (choose) => move(choose(sums)) }
}

/** `α·log q + log ψ` of the tokens that can follow (nats), and a last place for the end. */
const tokenScores = (
  { prepared: { power }, twist }: Tilting,
  logs: Float64Array,
  { tokens, targets }: Mask,
  left: number,
): Float64Array => {
  const scores = new Float64Array(tokens.length + 1)
  // Most tokens lead where the one before leads: what is ahead is looked up when that changes.
  let [last, ahead] = [DEAD, 0]
  for (let k = 0; k < tokens.length; k++) {
    const token = tokens[k] ?? outside(tokens, k)
    const target = targets[k] ?? outside(targets, k)
    if (target !== last) {
      last = target
      ahead = twist(target, left - 1)
    }
    const score = power * (logs[token] ?? outside(logs, token)) + ahead
    scores[k] = score > Number.NEGATIVE_INFINITY ? score : Number.NEGATIVE_INFINITY
  }
  return scores
}

/**
 * The proposal that knows all that can follow: q^α·w·ψ, normalised; the weight does not depend on the draw. Where tokens are
 * proposed by another law π, it is π·w·ψ, and the weight of the token drawn makes up for the difference.
 */
const adapted = (tilting: Tilting, standing: Standing): Proposal => {
  const { prepared, twist } = tilting
  const { state, left, logs, proposals, tokens: before } = standing
  const mask = left === 0 ? NOTHING : prepared.lifted.mask(state)
  const { tokens, targets } = mask
  const scores = tokenScores(tilting, logs, mask, left)
  if (tilting.check !== undefined)
    for (let k = 0; k < tokens.length; k++)
      if (at(scores, k) > Number.NEGATIVE_INFINITY && !passes(tilting, before, at(tokens, k)))
        scores[k] = Number.NEGATIVE_INFINITY
  const ends = mayStop(prepared, standing) && passes(tilting, before, END)
  scores[tokens.length] = ends ? endScore(prepared, standing) : Number.NEGATIVE_INFINITY
  const move = (place: number, logWeight: number): Move =>
    place === tokens.length
      ? { token: END, state, logWeight }
      : { token: at(tokens, place), state: at(targets, place), logWeight }
  if (proposals === undefined) {
    const { logTotal, draw } = fromScores(scores, (place) => move(place, 0))
    return { logWeight: logTotal - twist(state, left), draw }
  }
  const others = scores.map((score, k) => {
    if (score === Number.NEGATIVE_INFINITY) return score
    return k === tokens.length
      ? logEnd(prepared, standing, proposals) + at(prepared.endings, state)
      : at(proposals, at(tokens, k)) + twist(at(targets, k), left - 1)
  })
  const logTotal = logSumExp(scores)
  const { logTotal: proposed, draw } = fromScores(others, (place) =>
    move(place, at(scores, place) - logTotal - (at(others, place) - proposed)),
  )
  return { logWeight: proposed === Number.NEGATIVE_INFINITY ? proposed : logTotal - twist(state, left), draw }
}

const NOTHING: Mask = { tokens: new Int32Array(0), targets: new Int32Array(0) }

/** The log of a law of every symbol that a text may go on with, the end last; what spells nothing is never drawn. */
const modelScores = ({ target }: Prepared, { left }: Standing, logs: Float64Array): Float64Array => {
  const { texts, ends } = target.model
  const scores = new Float64Array(texts.length + 1).fill(Number.NEGATIVE_INFINITY)
  if (left > 0)
    for (let v = 0; v < texts.length; v++)
      if ((texts[v] ?? outside(texts, v)).length > 0) scores[v] = logs[v] ?? outside(logs, v)
  for (const end of ends) scores[end] = Number.NEGATIVE_INFINITY
  scores[texts.length] = logSumExp(ends.map((end) => at(logs, end)))
  return scores
}

/** The state after a token (`END` keeps it), or `DEAD`: what automaton, check and limit say of it. */
const after = (tilting: Tilting, standing: Standing, token: number): number => {
  const { tokens, state } = standing
  const { automaton, target } = tilting.prepared
  const to = token === END ? state : run(automaton, state, at(target.model.texts, token))
  const allowed = token === END ? mayStop(tilting.prepared, standing) : to !== DEAD
  return allowed && passes(tilting, tokens, token) ? to : DEAD
}

/** At the limit only the end is left. */
const atLimit = (tilting: Tilting, standing: Standing): Proposal => {
  const { prepared, twist } = tilting
  const ends = after(tilting, standing, END) !== DEAD
  return {
    logWeight: ends ? endScore(prepared, standing) - twist(standing.state, 0) : Number.NEGATIVE_INFINITY,
    draw: () => ({ token: END, state: standing.state, logWeight: 0 }),
  }
}

/** The model's own law, or the one by which it is proposed; what is not allowed dies. */
const byModel = (tilting: Tilting, standing: Standing): Proposal => {
  const { prepared, twist } = tilting
  if (standing.left === 0) return atLimit(tilting, standing)
  const own = modelScores(prepared, standing, standing.logs)
  const scores = standing.proposals === undefined ? own : modelScores(prepared, standing, standing.proposals)
  const { logTotal, draw } = fromScores(scores, (place) => {
    const token = place === scores.length - 1 ? END : place
    const state = after(tilting, standing, token)
    if (state === DEAD) return { token, state: standing.state, logWeight: Number.NEGATIVE_INFINITY }
    const ahead = token === END ? at(prepared.endings, state) : twist(state, standing.left - 1)
    const excess = prepared.power * at(own, place) - at(scores, place)
    return { token, state, logWeight: excess + logTotal + ahead - twist(standing.state, standing.left) }
  })
  return { logWeight: logTotal === Number.NEGATIVE_INFINITY ? logTotal : 0, draw }
}

/** Draws that estimate the allowed mass after the token is found. */
const PROBES = 4

/**
 * Adaptive rejection: tokens are drawn from q^α, and those that are not allowed are struck off, until one is allowed; so it
 * is asked of few tokens only. Its law is q^α restricted to what is allowed. The mass of that is then estimated from further
 * draws without replacement: known mass plus, when the next unknown token is allowed, all of the unknown mass (Des Raj 1956),
 * averaged over the draws; unbiased, since the number of draws does not depend on what they show.
 */
const byRejection = (tilting: Tilting, standing: Standing): Proposal => {
  const { prepared } = tilting
  if (standing.left === 0) return atLimit(tilting, standing)
  const scores = modelScores(prepared, standing, standing.logs).map((score) => prepared.power * score)
  const high = maximum(scores)
  if (high === Number.NEGATIVE_INFINITY) return { logWeight: high, draw: () => lost(standing) }
  const masses = scores.map((score) => Math.exp(score - high))
  const last = masses.length - 1
  return {
    logWeight: 0,
    draw: (choose) => {
      const unknown = Float64Array.from(masses)
      let known = 0
      const next = (): { readonly token: number; readonly state: number; readonly estimate: number } | undefined => {
        const sums = cumulative(unknown)
        const rest = at(sums, last)
        if (rest === 0) return undefined
        const place = choose(sums)
        unknown[place] = 0
        const token = place === last ? END : place
        const state = after(tilting, standing, token)
        const estimate = state === DEAD ? known : known + rest
        if (state !== DEAD) known += at(masses, place)
        return { token, state, estimate }
      }
      let found = next()
      while (found?.state === DEAD) found = next()
      if (found === undefined) return lost(standing)
      let total = 0
      // Where nothing unknown is left, what is known is the mass.
      for (let probe = 0; probe < PROBES; probe++) total += next()?.estimate ?? known
      const weight = found.token === END ? at(prepared.endings, found.state) : 0
      return { token: found.token, state: found.state, logWeight: high + Math.log(total / PROBES) + weight }
    },
  }
}

const lost = ({ state }: Standing): Move => ({ token: END, state, logWeight: Number.NEGATIVE_INFINITY })

type Proposing = (tilting: Tilting, standing: Standing) => Proposal

/** An end is worth nothing where the tokenizer spells the text otherwise, and that is what counts. */
const spelledOut =
  (propose: Proposing): Proposing =>
  (tilting, standing) => {
    const proposal = propose(tilting, standing)
    const { canonical } = tilting.prepared
    if (canonical === undefined) return proposal
    return {
      ...proposal,
      draw: (choose) => {
        const move = proposal.draw(choose)
        return move.token === END && !canonical(standing.tokens) ? lost(standing) : move
      },
    }
  }

/** The step of a kind. `rejection` is for twists that are 1: it does not look ahead. */
export const proposalOf: Readonly<Record<ProposalKind, Proposing>> = {
  adapted: spelledOut(adapted),
  model: spelledOut(byModel),
  rejection: spelledOut(byRejection),
}
