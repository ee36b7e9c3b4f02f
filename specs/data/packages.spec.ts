/** The readers of each package's own format, on small modules made here byte by byte. */
import { deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { chaptersOf } from '../../lib/data/corpora/austen.ts'
import { alignPages, paragraphsOf } from '../../lib/data/corpora/help-pages.ts'
import { decodeEntities, dropElements, textOf } from '../../lib/data/corpora/markup.ts'
import { readRData } from '../../lib/data/corpora/r-data.ts'
import { readSword } from '../../lib/data/corpora/sword.ts'
import { textFiles } from '../../lib/data/corpora/text-files.ts'
import { left, right } from '../either.ts'
import { withFolder, writeFiles } from '../folder.ts'

const u32 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) out.writeUInt32LE(value, 4 * i)
  return out
}

/** A testament of one block, from the markup of its entries. */
const testament = (name: string, entries: readonly string[]): Readonly<Record<string, Buffer>> => {
  const texts = entries.map((entry) => Buffer.from(entry))
  const packed = deflateSync(Buffer.concat(texts))
  let at = 0
  const index = texts.map((text) => {
    const size = Buffer.alloc(2)
    size.writeUInt16LE(text.length)
    const row = Buffer.concat([u32(0, at), size])
    at += text.length
    return row
  })
  return {
    [`${name}.bzs`]: u32(0, packed.length, at),
    [`${name}.bzv`]: Buffer.concat(index),
    [`${name}.bzz`]: packed,
  }
}

const book = (id: string): string =>
  `<div canonical="true" osisID="${id}" sID="g1" type="book"/> <title>The Book</title>`
const chapter = (id: string): string => `<chapter n="1" osisID="${id}" sID="${id}"/>`

describe('SWORD', () => {
  it('gives verses with their chapters; notes, titles and headings are left out', () =>
    withFolder(async (folder) => {
      const old = ['', '<milestone type="x-importer"/>', book('Gen'), chapter('Gen.1')]
      writeFiles(folder, {
        ...testament('ot', [
          ...old,
          'In the <w lemma="strong:H7225">beginning</w> God.<note placement="foot"><reference>1.1 </reference>no</note>',
          '¶ And  the earth &amp; sea.<chapter eID="Gen.1"/><div canonical="true" eID="g1" osisID="Gen" type="book"/>',
        ]),
        ...testament('nt', ['', book('Matt'), chapter('Matt.1'), '', '<title type="psalm">no</title>The book.']),
      })
      expect(right(await readSword(folder)())).toEqual([
        { chapter: 'Gen.1', place: 'ot.4', text: 'In the beginning God.' },
        { chapter: 'Gen.1', place: 'ot.5', text: 'And the earth & sea.' },
        { chapter: 'Matt.1', place: 'nt.4', text: 'The book.' },
      ])
    }))

  it('says so when a module is not one', () =>
    withFolder(async (folder) => {
      expect(left(await readSword(folder)()).tag).toBe('File')
      writeFiles(folder, { ...testament('ot', ['a']), ...testament('nt', ['b']), 'nt.bzz': 'not zlib' })
      expect(left(await readSword(folder)())).toMatchObject({ tag: 'Format' })
    }))
})

const i32 = (...values: readonly number[]): Buffer => {
  const out = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) out.writeInt32BE(value, 4 * i)
  return out
}
const header = Buffer.concat([Buffer.from('X\n'), i32(3, 0x40202, 0x30500, 5), Buffer.from('UTF-8')])
const characters = (s: string): Buffer => Buffer.concat([i32(0x40009, Buffer.byteLength(s)), Buffer.from(s)])
const strings = (all: readonly string[]): Buffer => Buffer.concat([i32(16, all.length), ...all.map(characters)])
const symbol = (s: string): Buffer => Buffer.concat([i32(1), characters(s)])
const integers = (...all: readonly number[]): Buffer => i32(13, all.length, ...all)
/** A list with names: the first `names` symbol is spelt, later ones refer to it. */
const list = (names: readonly string[], items: readonly Buffer[], tag: Buffer): Buffer =>
  Buffer.concat([i32(19 | 0x200, items.length), ...items, i32(2 | 0x400), tag, strings(names), i32(254)])

describe('R data', () => {
  it('reads character vectors by name', () =>
    withFolder(async (folder) => {
      const novels = [['EMMA', '', 'CHAPTER I'], ['PERSUASION — “é”']]
      const blocks = novels.map((lines) => {
        const packed = deflateSync(Buffer.concat([header, strings(lines)]))
        return Buffer.concat([i32(packed.length), packed])
      })
      const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = blocks
      const places = [integers(0, first.length), integers(first.length, second.length)]
      const inner = list(['emma', 'persuasion'], places, symbol('names'))
      const index = list(['variables', 'compressed'], [inner, integers(1)], i32(0x1ff))
      writeFiles(folder, {
        'Rdata.rdx': gzipSync(Buffer.concat([header, index])),
        'Rdata.rdb': Buffer.concat(blocks),
      })
      expect([...right(await readRData(folder)())]).toEqual([
        ['emma', novels[0]],
        ['persuasion', novels[1]],
      ])
      writeFiles(folder, { 'Rdata.rdx': 'no gzip' })
      expect(left(await readRData(folder)()).tag).toBe('Format')
    }))

  it('novels become chapters, their lines joined to paragraphs', () =>
    expect(
      chaptersOf('emma')(['EMMA', 'by', '', 'CHAPTER I', '', 'one two', 'three', '', 'four', '  Chapter 2', 'five']),
    ).toEqual([
      { name: 'emma.1', text: 'CHAPTER I\none two three\nfour' },
      { name: 'emma.2', text: 'Chapter 2 five' },
    ]))
})

describe('pages', () => {
  const page = (...paragraphs: readonly string[]): string =>
    `<body>${paragraphs.join('\n')}<div id="SearchFrame"></div><p id="bm_x">frame</p></body>`

  it('paragraphs by id: tags stripped, entities decoded, the frame left out', () => {
    const html = page(
      '<h2 id="hd_1" dir="auto"><a href="x">Title</a></h2>',
      '<p id="par_2" class="c">a &lt;b&gt;<br>\n c</p>',
    )
    expect([...paragraphsOf(html)]).toEqual([
      ['hd_1', 'Title'],
      ['par_2', 'a <b> c'],
    ])
  })

  it('are aligned by page and id', () =>
    withFolder(async (folder) => {
      writeFiles(folder, {
        'de/text/a.html': page('<p id="1">eins</p>', '<p id="2">zwei</p>'),
        'de/text/only.html': page('<p id="1">nur</p>'),
        'en/text/a.html': page('<p id="2">two</p>', '<p id="3">three</p>'),
      })
      expect(right(await alignPages(`${folder}/de`, `${folder}/en`)())).toEqual([
        { page: 'text/a.html', source: 'zwei', target: 'two' },
      ])
    }))

  it('markup: entities of every kind, elements dropped', () => {
    expect(decodeEntities('&#228;&#xe4;&amp;lt;&unknown;&#xd800;')).toBe('ää&lt;&unknown;&#xd800;')
    expect(textOf(dropElements('note')('a<note n="1">x<b/></note> b <note/>c'))).toBe('a b c')
  })

  it('text files in order of their numbers', () =>
    withFolder(async (folder) => {
      writeFiles(folder, { 'c_10.txt': 'ten', 'c_2.txt': 'two\r\n', 'c_2.json': '{}', 'index.txt': 'no' })
      expect(right(await textFiles(/^c_\d+\.txt$/u)(folder)())).toEqual([
        { name: 'c_2', text: 'two' },
        { name: 'c_10', text: 'ten' },
      ])
    }))
})
