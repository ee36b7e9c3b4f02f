/** The files of any report: what is written and in which order, and a record that comes back. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { type Report, readRecord, reportDocuments, writeReport } from '../../lib/report/report-files.ts'
import { left, run } from '../either.ts'
import { filesIn, withFolder } from '../folder.ts'

interface Found {
  readonly loss: number
}

const report: Report<Found> = {
  codec: t.type({ loss: t.number }),
  parts: ({ loss }) => ({
    figures: [
      { name: 'loss', chart: { data: { values: [{ loss }] }, mark: 'point', encoding: { x: { field: 'loss' } } } },
    ],
    besides: [{ name: 'notes/loss.txt', content: String(loss) }],
    page: (drawings) => `<p>${drawings.map(({ name }) => name).join()} ${loss}</p>`,
  }),
}

describe('a report', () => {
  it('has pictures, what is besides, the page with the drawings, and the record last', async () => {
    const documents = await run(reportDocuments(report)(['svg'])({ loss: 2 }))
    expect(documents.map(({ name }) => name)).toEqual([
      ...['figures/loss.svg', 'notes/loss.txt', 'report.html', 'results.json'],
    ])
    expect(documents[2]?.content).toBe('<p>loss 2</p>')
  })

  it('is written, and its record comes back; none, and another one, are refused', () =>
    withFolder(async (folder) => {
      expect(left(await readRecord(report.codec)(folder)())).toMatchObject({
        tag: 'File',
        what: `${folder}/results.json cannot be read`,
      })
      await run(writeReport(report)(folder, [])({ loss: 2 }))
      expect(filesIn(folder)).toEqual(['notes/loss.txt', 'report.html', 'results.json'])
      expect(await run(readRecord(report.codec)(folder))).toEqual({ loss: 2 })
      writeFileSync(join(folder, 'results.json'), '{}')
      expect(left(await readRecord(report.codec)(folder)()).tag).toBe('Format')
    }))
})
