/** The search of the reference: names and their comments that hold all words are shown; the address keeps the words. */
import { replaceAddress } from './dom.ts'

const box = document.querySelector<HTMLInputElement>('#search')
const found = document.querySelector('#found')
const names = [...document.querySelectorAll<HTMLElement>('section.name')].map((section) => ({
  section,
  text: section.textContent.toLowerCase(),
}))

/** Characters that are read of what is typed. */
const LONGEST = 200

const search = (given: string): void => {
  const typed = given.slice(0, LONGEST)
  const words = typed.toLowerCase().split(/\s+/u)
  let count = 0
  for (const { section, text } of names) {
    section.hidden = !words.every((word) => text.includes(word))
    if (!section.hidden) count++
  }
  if (found !== null) found.textContent = typed.trim() === '' ? `${names.length} names` : `${count} of ${names.length}`
}

if (box !== null) {
  box.value = new URLSearchParams(location.search).get('q') ?? ''
  box.addEventListener('input', () => {
    search(box.value)
    replaceAddress(box.value === '' ? location.pathname : `?q=${encodeURIComponent(box.value.slice(0, LONGEST))}`)
  })
  search(box.value)
}
