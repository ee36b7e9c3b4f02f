/** The search of the site: places whose text holds all words, those with them in the title first; the address keeps the words. */
import { sections } from 'exptilt-site/search'
import { byId, element, searchBox } from './dom.ts'

/** Places that are listed, and characters shown around a word. */
const [LISTED, AROUND] = [60, 120]

const texts = sections.map((section) => ({
  ...section,
  inTitle: section.title.toLowerCase(),
  whole: `${section.title} ${section.text}`.toLowerCase(),
}))

/** The text around a word. */
const around = (text: string, word: string): string => {
  const found = text.toLowerCase().indexOf(word)
  const start = Math.max(0, found - AROUND)
  const end = Math.max(found, 0) + AROUND
  return `${start > 0 ? '… ' : ''}${text.slice(start, end)}${end < text.length ? ' …' : ''}`
}

const [box, status, list] = [byId('search'), byId('status'), byId('result')]

const search = (typed: string): void => {
  const words = typed
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '')
  const [first] = words
  const found = first === undefined ? [] : texts.filter(({ whole }) => words.every((word) => whole.includes(word)))
  const rank = ({ inTitle }: (typeof texts)[number]): number => words.filter((word) => !inTitle.includes(word)).length
  const best = [...found].sort((a, b) => rank(a) - rank(b)).slice(0, LISTED)
  list.replaceChildren(
    ...best.map(({ title, path, text }) =>
      element('li', {}, element('a', { href: path }, title), element('p', {}, around(text, first ?? ''))),
    ),
  )
  const kept = found.length > LISTED ? `, the first ${LISTED} below` : ''
  status.textContent =
    first === undefined ? `${texts.length} places are searched.` : `${found.length} of ${texts.length} places${kept}.`
}

if (box instanceof HTMLInputElement) searchBox(box, search)
