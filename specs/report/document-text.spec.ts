/** The text of documents: every kind of block, and nothing in it that could steer a terminal. */
import { describe, expect, it } from 'vitest'
import { column, heading, note, numeric, onPage, samples, setting, table, title } from '../../lib/report/document.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { everyBlock } from './document-example.ts'

describe('the text of a document', () => {
  it('shows every kind of block but the title, figures and what is for the page alone', () => {
    expect(textOf(everyBlock)).toBe(`
setting <s>
lead <l>

9 <v>  meaning <m>

Heading <h>
note <n> P_joint<b>

Table <t>:
head <w>   head <n>  head "q"   head <s>
─────────  ────────  ─────────  ─────────────
words <1>         1  quiet <1>  str <ing> <1>
words <2>         2  quiet <2>  str <ing> <2>

Samples <s>:
label <l>:
  1. "one <1>"
  2. "two <2>"

foot <f>

`)
  })

  it('a table without heads has none, one without rows is left out, and so are notes without words', () => {
    const rows = [
      ['a', '1'],
      ['bc', '22'],
    ]
    const bare = table('t', rows, [column('', ([a]) => a), numeric('', ([, b]) => b)])
    expect(textOf([bare, table('none', [], [column('x', () => 'y')]), note('')])).toBe('\nt:\na    1\nbc  22\n\n')
  })

  it('a sentence follows its heading and another sentence; the rest is set apart', () => {
    const short = table('t', ['x'], [column('', (x) => x)])
    const document = [title('T'), setting('s'), note('n'), heading('H'), short, note('after'), onPage(note('hidden'))]
    expect(textOf(document)).toBe('\ns\nn\n\nH\nt:\nx\n\nafter\n\n')
  })

  it('keeps a cell on its line, and escape sequences out of the terminal', () => {
    const cells = table('a\nb', ['x\n\u001b[31my\u007f'], [column('', (x) => x)])
    const text = textOf([cells, note('one\r\ntwo'), samples('s', [{ label: 'l', texts: ['\u001b]0;x'] }])])
    expect(text).toContain('a b:\nx [31my \n'.replace(' \n', '\n'))
    expect(text).toContain('one two')
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f]/)
  })
})
