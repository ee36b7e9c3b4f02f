/**
 * HTML as text: escaping, and the page around what is shown. The page links to nothing outside itself.
 */
import { orElse } from '../at.ts'
import { styleSheet } from './style.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text as HTML text or attribute value. */
export const escaped = (text: string): string => text.replace(/[&<>"']/g, (symbol) => orElse(entities[symbol], symbol))

/** A complete page. */
export const page =
  (title: string) =>
  (body: string): string =>
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${styleSheet}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`
