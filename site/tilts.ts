/** The page of tilts: a base, features, λ or wanted shares; the exact law beside what draws of the base say of it. */
import type { Request, TiltAnswer } from './compute.ts'
import { convergence } from './convergence.ts'
import { digits, element, percent, strings, table } from './dom.ts'
import { playground } from './page.ts'

const sentenceOf = ({ estimates, logPartition }: TiltAnswer): string => {
  const last = estimates.at(-1)
  if (last === undefined) return ''
  const found = `From ${last.n} draws log Z is ${digits(last.value)}, exactly ${digits(logPartition)}`
  return last.doubts.length === 0
    ? `${found}; nothing speaks against the estimate.`
    : `${found}. Doubts: ${last.doubts.join(', ')}.`
}

const partsOf = (found: TiltAnswer, width: number): readonly Node[] => [
  table('Features: λ, and the share of strings that have each', [
    ['feature', 'λ', 'base', 'tilted, exactly', 'estimated'],
    ...found.features.map(({ name, lambda, base, exact, estimated }) => [
      `/${name}/`,
      digits(lambda),
      percent(base),
      percent(exact),
      percent(estimated),
    ]),
  ]),
  element(
    'figure',
    {},
    convergence(found.estimates, found.logPartition, Math.min(640, width)),
    element(
      'figcaption',
      {},
      'log Z (nats) from the first draws of the base, with its 95 % interval; the line is exact. Hollow: an estimate with doubts.',
    ),
  ),
  table('Entropy, in bits a string', [
    ['', 'bits'],
    ['base', digits(found.baseEntropy)],
    ['tilted', digits(found.entropy)],
  ]),
  element(
    'div',
    { class: 'columns' },
    strings('Drawn from the base', found.baseSamples),
    strings('Drawn from the tilt', found.samples),
  ),
]

const requestOf = (fields: URLSearchParams): Request => {
  const mode = fields.get('mode') === 'moments' ? 'moments' : 'lambda'
  const values = fields.getAll(mode === 'moments' ? 'share' : 'lambda')
  const rows = fields
    .getAll('feature')
    .map((feature, i) => ({ feature, value: Number(values[i]) / (mode === 'moments' ? 100 : 1) }))
    .filter(({ feature }) => feature !== '')
  for (const row of document.querySelectorAll('[data-mode]'))
    row.toggleAttribute('hidden', row.getAttribute('data-mode') !== mode)
  return {
    kind: 'tilt',
    text: fields.get('text') ?? '',
    length: Number(fields.get('length')),
    features: rows.map(({ feature }) => feature),
    mode,
    values: rows.map(({ value }) => value),
    draws: Number(fields.get('draws')),
    seed: Number(fields.get('seed')),
  }
}

playground(requestOf, (answer, width) => ({
  sentence: answer.kind === 'tilt' ? sentenceOf(answer) : '',
  doubted: answer.kind === 'tilt' && (answer.estimates.at(-1)?.doubts.length ?? 0) > 0,
  parts: answer.kind === 'tilt' ? partsOf(answer, width) : [],
}))
