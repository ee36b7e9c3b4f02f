/**
 * A check that text is well-formed XML: one root, tags that match, attributes that are quoted, entities that exist.
 */

const tag = /<(\/?)([A-Za-z_][\w:.-]*)((?:\s+[A-Za-z_][\w:.-]*="[^"<]*")*)\s*(\/?)>/y
const text = /[^<]+/y
const comment = /<!--[\s\S]*?-->|<\?[\s\S]*?\?>/y

const strayEntity = /&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)/

/** What is wrong with the text as XML; undefined when it is well-formed. */
export const xmlFault = (source: string): string | undefined => {
  if (strayEntity.test(source)) return 'an ampersand that is no entity'
  const open: string[] = []
  let roots = 0
  let at = 0
  while (at < source.length) {
    const found = [tag, text, comment].map((pattern) => {
      pattern.lastIndex = at
      return pattern.exec(source)
    })
    const [element, words, remark] = found
    const match = element ?? words ?? remark
    if (!match) return `unreadable at ${at}: ${source.slice(at, at + 40)}`
    at += match[0].length
    if (!element) continue
    const [, closing, name, , empty] = element
    if (closing === '/') {
      if (open.pop() !== name) return `</${name}> closes nothing`
    } else {
      if (open.length === 0) roots++
      if (empty !== '/') open.push(name ?? '')
    }
  }
  return open.length > 0 ? `<${open.at(-1)}> is not closed` : roots === 1 ? undefined : `${roots} roots`
}
