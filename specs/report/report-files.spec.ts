/** The files of any report: what is written and in which order, and a record that comes back. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { figure, image, title } from '../../lib/report/document.ts'
import { type Report, readRecord, reportFiles, writeReport } from '../../lib/report/report-files.ts'
import { themed } from '../../lib/report/theme.ts'
import { left, run } from '../either.ts'
import { filesIn, withFolder } from '../folder.ts'

interface Found {
  readonly loss: number
}

const chart = themed(
  'Loss',
  'over steps',
)({
  data: { values: [{ loss: 2 }] },
  mark: 'point',
  encoding: { x: { field: 'loss', type: 'quantitative' } },
})

const report: Report<Found> = {
  codec: t.type({ loss: t.number }),
  parts: ({ loss }) => ({
    document: [
      title(`Loss ${loss}`),
      figure('loss', chart, 'a point'),
      figure('loss', chart, 'the same'),
      image('grid', Uint8Array.of(1, 2), { title: 'Grid', text: '' }, 'pixels'),
    ],
    besides: [{ name: 'notes/loss.txt', content: String(loss) }],
  }),
}

describe('a report', () => {
  it('writes the figures of its document, with their titles, what is besides, the page, and the record last', async () => {
    const files = await run(reportFiles(report)(['svg', 'png'])({ loss: 2 }))
    expect(files.map(({ name }) => name)).toEqual([
      ...['figures/loss.svg', 'figures/loss.png', 'figures/loss-2.svg', 'figures/loss-2.png', 'figures/grid.png'],
      ...['notes/loss.txt', 'report.html', 'results.json'],
    ])
    const contentOf = (name: string): string => String(files.find((file) => file.name === name)?.content)
    expect(contentOf('figures/loss.svg')).toMatch(/^<svg[\s\S]*over steps/)
    expect(files[4]?.content).toEqual(Uint8Array.of(1, 2))
    const page = contentOf('report.html')
    expect(page.match(/<svg/g)).toHaveLength(4)
    expect(page.match(/over steps/g)).toHaveLength(2)
    expect(page).toContain('<title>exptilt: Loss 2</title>')
    expect(JSON.parse(contentOf('results.json'))).toEqual({ loss: 2 })
  })

  it('whose chart cannot be drawn writes nothing', () =>
    withFolder(async (folder) => {
      const wrong = themed('t', 's')({ mark: 'no such mark', data: { values: [] } })
      const failing = { ...report, parts: () => ({ document: [figure('x', wrong, '')], besides: [] }) }
      expect(left(await writeReport(failing)(folder, ['svg'])({ loss: 1 })()).tag).toBe('Format')
      expect(filesIn(folder)).toEqual([])
    }))

  it('is written, and its record comes back; none, and another one, are refused', () =>
    withFolder(async (folder) => {
      expect(left(await readRecord(report.codec)(folder)())).toMatchObject({
        tag: 'File',
        what: `${folder}/results.json cannot be read`,
      })
      await run(writeReport(report)(folder, [])({ loss: 2 }))
      expect(filesIn(folder)).toEqual(['figures/grid.png', 'notes/loss.txt', 'report.html', 'results.json'])
      expect(await run(readRecord(report.codec)(folder))).toEqual({ loss: 2 })
      writeFileSync(join(folder, 'results.json'), '{}')
      expect(left(await readRecord(report.codec)(folder)()).tag).toBe('Format')
    }))
})
