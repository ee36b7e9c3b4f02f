/** What specs use of `node:fs`, in a page: fixtures, from the server that serves the page. */

/** The bytes of a file. */
export const readFileSync = (url: URL): Uint8Array => {
  const request = new XMLHttpRequest()
  request.open('GET', url, false)
  request.overrideMimeType('text/plain; charset=x-user-defined')
  request.send()
  if (request.status !== 200) throw new Error(`${url}: ${request.status}`)
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 255)
}
