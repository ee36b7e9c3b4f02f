/** The page of machines: an expression becomes an automaton, drawn, with what is exact about its strings. */
import * as E from 'fp-ts/lib/Either.js'
import { asker } from './ask.ts'
import type { Answer } from './compute.ts'
import { diagram } from './diagram.ts'
import { byId, digits, element, fieldsOf, fillForm, sharedState, shareState, strings, table } from './dom.ts'

const form = byId('form')
const [status, result] = [byId('status'), byId('result')]
const ask = asker(new URL('./worker.js', location.href))

const grouped = (count: string): string =>
  count.length > 24
    ? `${count.charAt(0)}.${count.slice(1, 4)}·10^${count.length - 1}`
    : count.replace(/\B(?=(?:\d{3})+$)/gu, ' ')

const show = (answer: E.Either<string, Answer>): void => {
  if (E.isLeft(answer)) {
    status.textContent = answer.left
    status.className = 'wrong'
    result.replaceChildren()
    return
  }
  const found = answer.right
  if (found.kind !== 'machine') return
  status.className = ''
  status.textContent = `The minimal complete automaton has ${found.states} ${found.states === 1 ? 'state' : 'states'}.`
  result.replaceChildren(
    found.drawing === undefined
      ? element('p', {}, 'It is too large to be drawn.')
      : element(
          'figure',
          {},
          element(
            'div',
            { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'the automaton' },
            diagram(found.drawing),
          ),
          element('figcaption', {}, 'States that no accepted string passes are left out; two rings accept.'),
        ),
    table('Exactly, of strings of this length', [
      ['', ''],
      ['strings that match', grouped(found.strings)],
      ['their share of all strings', digits(found.share)],
      ['entropy of one drawn at random', `${digits(found.entropy)} bits`],
      ['the same per symbol', `${digits(found.bitsPerSymbol)} bits`],
      ['certified error of the entropy', `${digits(found.errorBound)} bits`],
    ]),
    strings('Drawn at random, each equally likely', found.samples),
  )
}

const update = (): void => {
  if (!(form instanceof HTMLFormElement)) return
  const fields = fieldsOf(form)
  shareState(fields)
  status.className = ''
  status.textContent = 'Computing …'
  ask(
    {
      kind: 'machine',
      source: fields.get('source') ?? '',
      literal: fields.get('literal') === 'on',
      alphabet: fields.get('alphabet') ?? '',
      length: Number(fields.get('length')),
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
