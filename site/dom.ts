/** The few things that the pages do with the document. */
import { failure, raise } from '../lib/errors.ts'

type Attributes = Readonly<Record<string, string | number>>

/** An element with attributes and children. */
export const element = (
  name: string,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElement => {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  made.append(...children)
  return made
}

/** An element of a picture. */
export const shape = (
  name: string,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): SVGElement => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value))
  made.append(...children)
  return made
}

/** The element with an id; throws where the page has none. */
export const byId = (id: string): HTMLElement => {
  const found = document.getElementById(id)
  return found ?? raise(failure('Runtime', `the page has no #${id}`, 'build the site anew'))
}

/** A form's fields by name, as text; of check boxes and radio buttons those that are on. */
export const fieldsOf = (form: HTMLFormElement): URLSearchParams => {
  const fields = new URLSearchParams()
  for (const [name, value] of new FormData(form)) if (typeof value === 'string') fields.append(name, value)
  return fields
}

/** Puts fields, as `fieldsOf` gives them, into a form. */
export const fillForm = (form: HTMLFormElement, fields: URLSearchParams): void => {
  for (const name of new Set(fields.keys())) {
    const values = fields.getAll(name)
    const controls = [...form.elements].filter((e) => e.getAttribute('name') === name)
    controls.forEach((control, i) => {
      const value = values[i]
      if (control instanceof HTMLInputElement && ['checkbox', 'radio'].includes(control.type))
        control.checked = values.includes(control.value)
      else if (
        value !== undefined &&
        (control instanceof HTMLInputElement ||
          control instanceof HTMLTextAreaElement ||
          control instanceof HTMLSelectElement)
      )
        control.value = value
    })
  }
}

/** The state that the address carries after its `#`. */
export const sharedState = (): URLSearchParams => new URLSearchParams(location.hash.slice(1))

/** The longest state that an address carries: browsers refuse long ones, and nobody passes them on. */
const LONGEST = 100_000

/** The address as given, in place of the present one; a browser that is asked too often (Safari) keeps the present one. */
export const replaceAddress = (address: string): void => {
  try {
    history.replaceState(null, '', address)
  } catch {
    return
  }
}

/** Puts a state into the address, so that the address shares it; one that is too long is not shared. */
export const shareState = (fields: URLSearchParams): void => {
  const state = fields.toString()
  replaceAddress(state.length > LONGEST ? location.pathname : `#${state}`)
}

/** A table with a caption: the first row is the head. */
export const table = (caption: string, rows: readonly (readonly string[])[]): HTMLElement => {
  const [head = [], ...body] = rows
  const row = (cells: readonly string[], name: string): HTMLElement =>
    element(
      'tr',
      {},
      ...cells.map((cell, i) =>
        element(
          i === 0 && name === 'td' ? 'th' : name,
          name === 'th' || i === 0 ? { scope: name === 'th' ? 'col' : 'row' } : {},
          cell,
        ),
      ),
    )
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      {},
      element('caption', {}, caption),
      element('thead', {}, row(head, 'th')),
      element('tbody', {}, ...body.map((cells) => row(cells, 'td'))),
    ),
  )
}

/** Strings as a list, each in type of one width; the empty string is said. */
export const strings = (caption: string, texts: readonly string[]): HTMLElement =>
  element(
    'section',
    {},
    element('h3', {}, caption),
    element(
      'ul',
      { class: 'strings' },
      ...texts.map((text) => element('li', {}, element('code', {}, text === '' ? '(empty)' : text))),
    ),
  )

/** Four significant digits; plain where that is short, powers of ten elsewhere. */
export const digits = (x: number): string =>
  x === 0 || (Math.abs(x) >= 1e-3 && Math.abs(x) < 1e6) ? String(Number(x.toPrecision(4))) : x.toExponential(2)

/** A share in per cent, four significant digits. */
export const percent = (share: number): string =>
  share === 0 || share === 1 ? `${100 * share} %` : `${digits(100 * share)} %`

/** Characters that are read of what is searched for. */
const LONGEST_SEARCH = 200

/** Searches as something is typed into a box; the address keeps it. */
export const searchBox = (box: HTMLInputElement, search: (typed: string) => void): void => {
  const typed = (): string => box.value.slice(0, LONGEST_SEARCH)
  box.value = new URLSearchParams(location.search).get('q') ?? ''
  box.addEventListener('input', () => {
    search(typed())
    replaceAddress(box.value === '' ? location.pathname : `?q=${encodeURIComponent(typed())}`)
  })
  search(typed())
}
