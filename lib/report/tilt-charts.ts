/** Pictures of a population of texts: its effective size by step, its weights, and who descends from whom. */
import { absent, at, orElse } from '../at.ts'
import type { StepRecord, TiltResults } from '../systems/tilt/results.ts'
import type { Chart, TitledChart } from './chart.ts'
import { colours, neutral, palette, quantity, themed, usual } from './theme.ts'

/** Steps by population, in the order of the populations. */
const byIsland = (steps: readonly StepRecord[]): readonly (readonly StepRecord[])[] => {
  const groups = new Map<number, StepRecord[]>()
  for (const step of steps) {
    const group = groups.get(step.island)
    if (group === undefined) groups.set(step.island, [step])
    else group.push(step)
  }
  return [...groups.values()]
}

/** Particles of one population. */
const sizeOf = ({ texts, steps }: TiltResults): number => texts.length / Math.max(1, byIsland(steps).length)

/** Effective particles of each population before resampling, over steps. */
export const sizesByStep = (results: TiltResults): TitledChart => {
  const size = sizeOf(results)
  const subtitle = [
    'Of the weights of each population, before it is resampled;',
    `dashed: half of its ${size} particles`,
  ]
  return usual('Effective particles', subtitle, {
    layer: [
      {
        data: {
          values: results.steps.map(({ step, island, effectiveSampleSize }) => ({ step, island, effectiveSampleSize })),
        },
        mark: { type: 'line', color: palette.tilt, strokeWidth: 1.4, opacity: 0.7, interpolate: 'step-after' },
        encoding: {
          x: quantity('step', 'tokens so far', { scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 6 } }),
          y: quantity('effectiveSampleSize', 'effective particles', { scale: { domain: [0, size] } }),
          detail: { field: 'island', type: 'nominal' },
        },
      },
      {
        data: { values: [{ half: size / 2 }] },
        mark: { type: 'rule', color: neutral.ink, strokeDash: [6, 4], strokeWidth: 1.2 },
        encoding: { y: quantity('half', 'effective particles') },
      },
    ],
  })
}

/** Most bars of weights. */
const MOST_BARS = 1000

/** The weights of the texts, the largest first, in units of their mean. */
export const weightsByRank = ({ texts, effectiveSampleSize }: TiltResults): TitledChart => {
  const weights = texts.map(({ weight }) => weight * texts.length).sort((a, b) => b - a)
  const facts = `effective texts ${effectiveSampleSize.toFixed(1)} of ${texts.length}`
  return usual('Weights', ['Of the texts at the end, the largest first, over their mean;', facts], {
    data: {
      values: weights.slice(0, MOST_BARS).map((weight, rank) => ({ from: rank, to: rank + 1, weight, floor: 0 })),
    },
    mark: { type: 'rect', color: palette.tilt, stroke: neutral.ground, strokeWidth: 0.3 },
    encoding: {
      x: quantity('from', 'texts', { scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 6 } }),
      x2: { field: 'to' },
      y: quantity('weight', 'weight / mean weight'),
      y2: { field: 'floor' },
    },
  })
}

/** A piece of a lineage: a particle at its place from one step to another, or its way to the place of a child. */
interface Piece {
  readonly step: number
  readonly until: number
  readonly place: number
  readonly to: number
  /** The particle of the first step; −1 where no text of the end descends from this piece. */
  readonly origin: number
}

/** Rows left empty between populations. */
const GAP = 2

/** The pieces of one population, whose first particle is number `first` of all. */
const lineages = (
  steps: readonly StepRecord[],
  first: number,
  alive: readonly boolean[],
  end: number,
): readonly Piece[] => {
  const events = steps.flatMap(({ step, ancestors }) => (ancestors === null ? [] : [{ step, ancestors }]))
  const places = Array.from(alive.keys())
  const origins = events.reduce<readonly (readonly number[])[]>(
    (known, { ancestors }) => [...known, ancestors.map((a) => at(at(known, known.length - 1), a))],
    [places.map((i) => first + i)],
  )
  const living = events.reduceRight<readonly (readonly boolean[])[]>(
    ([now = absent(), ...later], { ancestors }) => {
      const parents = new Set(ancestors.filter((_, i) => at(now, i)))
      return [places.map((i) => parents.has(i)), now, ...later]
    },
    [alive],
  )
  const originOf = (stage: number, i: number): number => (at(at(living, stage), i) ? at(at(origins, stage), i) : -1)
  const stays = origins.flatMap((_, stage): readonly Piece[] => {
    const step = stage === 0 ? 0 : at(events, stage - 1).step + 1
    const until = orElse(events[stage]?.step, end)
    return until <= step
      ? []
      : places.map((place) => ({ step, until, place, to: place, origin: originOf(stage, place) }))
  })
  const moves = events.flatMap(({ step, ancestors }, stage) =>
    ancestors.map((place, to): Piece => ({ step, until: step + 1, place, to, origin: originOf(stage + 1, to) })),
  )
  return [...stays, ...moves]
}

/** Most pieces that are drawn. */
const MOST_PIECES = 12_000

const series = [palette.distilled, palette.base, palette.second, palette.tilt, palette.third]
const [OTHERS, NONE] = ['other ancestors', 'left no text']

/** All pieces, the populations one below the other, and the row of a particle. */
const piecesOf = (results: TiltResults) => {
  const { texts, steps } = results
  const [islands, size] = [byIsland(steps), sizeOf(results)]
  const end = steps.reduce((last, { step }) => Math.max(last, step), 0) + 1
  const row = (island: number, particle: number): number => particle + island * (size + GAP)
  const pieces = islands.flatMap((own, island) => {
    const alive = texts.slice(island * size, (island + 1) * size).map(({ weight }) => weight > 0)
    return lineages(own, island * size, alive, end).map((piece) => ({
      ...piece,
      place: row(island, piece.place),
      to: row(island, piece.to),
    }))
  })
  return { pieces, row, populations: islands.length }
}

const stepAxis = quantity('step', 'tokens so far', { scale: { nice: false }, axis: { tickMinStep: 1, tickCount: 8 } })

const rowAxis = (field: string): Chart => quantity(field, '', { scale: { nice: false }, axis: null })

/** Who descends from whom, coloured by the ancestors of most weight; undefined where nothing was resampled, or for too many. */
export const genealogy = (results: TiltResults): TitledChart | undefined => {
  const { texts, steps, deaths } = results
  if (!steps.some(({ ancestors }) => ancestors !== null)) return undefined
  const { pieces, row, populations } = piecesOf(results)
  if (pieces.length > MOST_PIECES) return undefined
  const masses = new Map<number, number>()
  for (const { origin, weight } of texts.filter((text) => text.weight > 0))
    masses.set(origin, orElse(masses.get(origin), 0) + weight)
  const first = [...masses].sort(([, a], [, b]) => b - a).slice(0, series.length)
  const names = new Map(first.map(([origin], k) => [origin, `ancestor ${k + 1}`]))
  const nameOf = (origin: number): string => (origin < 0 ? NONE : orElse(names.get(origin), OTHERS))
  const lines = pieces.map(({ origin, ...piece }) => ({ ...piece, line: nameOf(origin) }))
  const subtitle = [
    `From left to right: ${texts.length} particles in ${populations} populations, a child beside its siblings;`,
    `the texts of the end have ${masses.size} ancestors; crosses: deaths`,
  ]
  const shades = colours('line', [
    ...[...names.values()].map((name, k): readonly [string, string] => [name, at(series, k)]),
    ...(masses.size > names.size ? [[OTHERS, neutral.quiet] as const] : []),
    [NONE, neutral.grid],
  ])
  return themed(
    'Genealogy of the particles',
    subtitle,
  )({
    width: 820,
    height: 320,
    layer: [
      {
        data: { values: [...lines].sort((a, b) => Number(b.line === NONE) - Number(a.line === NONE)) },
        mark: { type: 'rule', strokeWidth: 1, opacity: 0.85 },
        encoding: { x: stepAxis, x2: { field: 'until' }, y: rowAxis('place'), y2: { field: 'to' }, color: shades },
      },
      {
        data: { values: deaths.map(({ island, particle, step }) => ({ step, place: row(island, particle) })) },
        mark: { type: 'point', shape: 'cross', angle: 45, size: 26, color: neutral.ink, filled: true },
        encoding: { x: stepAxis, y: rowAxis('place') },
      },
    ],
  })
}
