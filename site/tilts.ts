/** The page of tilts: a base, features, λ or wanted shares; the exact law beside what draws of the base say of it. */
import * as E from 'fp-ts/lib/Either.js'
import { asker } from './ask.ts'
import type { Answer } from './compute.ts'
import { convergence } from './convergence.ts'
import { byId, digits, element, fieldsOf, fillForm, sharedState, shareState, strings, table } from './dom.ts'

const form = byId('form')
const [status, result] = [byId('status'), byId('result')]
const ask = asker(new URL('./worker.js', location.href))

const percent = (share: number): string =>
  share === 0 || share === 1 ? `${100 * share} %` : `${digits(100 * share)} %`

const show = (answer: E.Either<string, Answer>): void => {
  if (E.isLeft(answer)) {
    status.textContent = answer.left
    status.className = 'wrong'
    result.replaceChildren()
    return
  }
  const found = answer.right
  if (found.kind !== 'tilt') return
  const last = found.estimates.at(-1)
  status.className = last !== undefined && last.doubts.length > 0 ? 'doubt' : ''
  status.textContent =
    last === undefined
      ? ''
      : last.doubts.length === 0
        ? `From ${last.n} draws log Z is ${digits(last.value)}, exactly ${digits(found.logPartition)}; nothing speaks against the estimate.`
        : `From ${last.n} draws log Z is ${digits(last.value)}, exactly ${digits(found.logPartition)}. Doubts: ${last.doubts.join(', ')}.`
  result.replaceChildren(
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
      convergence(found.estimates, found.logPartition, Math.min(640, result.clientWidth)),
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
  )
}

const update = (): void => {
  if (!(form instanceof HTMLFormElement)) return
  const fields = fieldsOf(form)
  shareState(fields)
  status.className = ''
  status.textContent = 'Computing …'
  const mode = fields.get('mode') === 'moments' ? 'moments' : 'lambda'
  const values = fields.getAll(mode === 'moments' ? 'share' : 'lambda')
  const rows = fields
    .getAll('feature')
    .map((feature, i) => ({ feature, value: Number(values[i]) / (mode === 'moments' ? 100 : 1) }))
    .filter(({ feature }) => feature !== '')
  for (const row of document.querySelectorAll('[data-mode]'))
    row.toggleAttribute('hidden', row.getAttribute('data-mode') !== mode)
  ask(
    {
      kind: 'tilt',
      text: fields.get('text') ?? '',
      length: Number(fields.get('length')),
      features: rows.map(({ feature }) => feature),
      mode,
      values: rows.map(({ value }) => value),
      draws: Number(fields.get('draws')),
      seed: Number(fields.get('seed')),
    },
    show,
  )
}

if (form instanceof HTMLFormElement) {
  fillForm(form, sharedState())
  form.addEventListener('input', update)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    update()
  })
  update()
}
