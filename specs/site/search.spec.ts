/** The sections that the search looks through. */
import markdownIt from 'markdown-it'
import { describe, expect, it } from 'vitest'
import { sectionsOf } from '../../scripts/site-search.ts'

describe('the sections of a document', () => {
  it('have the text below each heading, without marks, and lead to it', () => {
    const text =
      '# Top\n\nOne `word` and [a link](x.md).\n\n## Log Z\n\n| a | b |\n|--|--|\n| **c** | d |\n\n```ts\nconst x = 1\n```\n'
    expect(sectionsOf(markdownIt(), 'docs/a.md', text)).toEqual([
      { title: 'Top', path: 'docs/a.html#top', text: 'One word and a link.' },
      { title: 'Top: Log Z', path: 'docs/a.html#log-z', text: 'a b c d const x = 1' },
    ])
  })
})
