/** The page of machines: an expression becomes an automaton, drawn, with what is exact about its strings. */
import type { MachineAnswer } from './compute.ts'
import { diagram } from './diagram.ts'
import { digits, element, strings, table } from './dom.ts'
import { playground } from './page.ts'

const grouped = (count: string): string =>
  count.length > 24
    ? `${count.charAt(0)}.${count.slice(1, 4)}·10^${count.length - 1}`
    : count.replace(/\B(?=(?:\d{3})+$)/gu, ' ')

const partsOf = (found: MachineAnswer): readonly Node[] => [
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
]

playground(
  (fields) => ({
    kind: 'machine',
    source: fields.get('source') ?? '',
    literal: fields.get('literal') === 'on',
    alphabet: fields.get('alphabet') ?? '',
    length: Number(fields.get('length')),
    seed: Number(fields.get('seed')),
  }),
  (answer) => ({
    sentence:
      answer.kind === 'machine'
        ? `The minimal complete automaton has ${answer.states} ${answer.states === 1 ? 'state' : 'states'}.`
        : '',
    doubted: false,
    parts: answer.kind === 'machine' ? partsOf(answer) : [],
  }),
)
