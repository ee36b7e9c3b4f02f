/** The search of the reference: names and their comments that hold all words are shown; the address keeps the words. */
import { searchBox } from './dom.ts'

const box = document.querySelector<HTMLInputElement>('#search')
const found = document.querySelector('#found')
const names = [...document.querySelectorAll<HTMLElement>('section.name')].map((section) => ({
  section,
  text: section.textContent.toLowerCase(),
}))

const search = (typed: string): void => {
  const words = typed.toLowerCase().split(/\s+/u)
  let count = 0
  for (const { section, text } of names) {
    section.hidden = !words.every((word) => text.includes(word))
    if (!section.hidden) count++
  }
  if (found !== null) found.textContent = typed.trim() === '' ? `${names.length} names` : `${count} of ${names.length}`
}

if (box !== null) searchBox(box, search)
