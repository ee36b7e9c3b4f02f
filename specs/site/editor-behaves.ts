/** The editor in Chromium: runs, stops, says what is wrong and where, completes, shares, and speaks to nobody. */
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'

type Open = (path: string, width?: number) => Promise<{ readonly page: Page; readonly complaints: string[] }>

const OTHER = 'https://example.com/'

/** An address that holds a program. */
const withCode = (code: string): string => `editor.html#${new URLSearchParams({ code })}`

const status = (page: Page, part: string): Promise<void> =>
  page.locator('#status', { hasText: part }).waitFor({ timeout: 45_000 })

const printed = async (page: Page): Promise<string> => (await page.locator('#output').textContent()) ?? ''

const text = (page: Page) => page.getByRole('textbox', { name: 'program' })

/** The specs; `open` opens an address of the site. */
export const editorBehaves = (open: Open, url: () => string): void => {
  it('runs the first program by the keyboard, and the examples that need the other modules', {
    timeout: 120_000,
  }, async () => {
    const { page, complaints } = await open('editor.html', 390)
    await text(page).press('Control+Enter')
    await status(page, 'came to its end')
    expect(await printed(page)).toMatch(/^0\.72147\d+ ± 0\.00816\d+ doubts: \[\]\n$/u)
    for (const [name, part] of [
      ['02-entropy', '13.92314448745'],
      ['07-regular-expressions', '/ana/'],
      ['19-metropolis-laws', 'detailed balance'],
      ['20-energy-laws', 'counterexample'],
      ['21-train-by-adam', 'answer = { first: '],
    ] as const) {
      await page.getByLabel('example').selectOption(name)
      await page.getByRole('button', { name: 'Run' }).press('Enter')
      await status(page, 'came to its end')
      expect([name, await printed(page)]).toEqual([name, expect.stringContaining(part)])
      await page.waitForURL(`**#example=${name}`)
    }
    expect(complaints).toEqual([])
    await page.close()
  })

  it('stops an endless loop, and one that prints without end, and is used meanwhile', { timeout: 60_000 }, async () => {
    const { page, complaints } = await open(withCode('console.log(1)\nfor (;;) {}'))
    await page.getByRole('button', { name: 'Run' }).click()
    await status(page, 'Running')
    await page.locator('#output', { hasText: '1' }).waitFor()
    await page.getByLabel('example').selectOption('readme')
    await page.getByRole('button', { name: 'Stop' }).press('Enter')
    await status(page, 'Stopped.')
    await page.goto('about:blank')
    await page.goto(`${url()}${withCode("for (let i = 0; ; i++) console.log('x'.repeat(100), i)")}`)
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('#output', { hasText: 'from here on is not shown' }).waitFor()
    expect(await page.locator('#output span').count()).toBe(2001)
    await page.getByRole('button', { name: 'Stop' }).click()
    await status(page, 'Stopped.')
    expect(await page.getByRole('button', { name: 'Stop' }).isDisabled()).toBe(true)
    expect(complaints).toEqual([])
    await page.close()
  })

  it.for<[string, string, string]>([
    ['throws', "import { axis } from 'exptilt'\ninterface A {\n  a: 1\n}\naxis('n', 1.5)", 'line 5: '],
    ['cannot be read', 'const x = 1\nconst y = = 2', 'line 2: '],
    ['fails later', 'setTimeout(() => {\n  throw new Error("late")\n}, 10)', 'line 2: Error: late'],
    ['drops a rejection', '\nvoid Promise.reject(new Error("lost"))', 'line 2: Error: lost'],
    ['imports what is not here', "import * as fs from 'node:fs'\nfs", "line 1: 'node:fs' is not in this page"],
    [
      'imports a name that is not there',
      "import { entropi } from 'exptilt'\nentropi",
      'line 1: exptilt has no entropi',
    ],
    [
      'has no WebGPU',
      "import { openExecutor, run } from 'exptilt'\nconst gpu = 'gpu'\nObject.defineProperty(navigator, 'gpu', { value: undefined })\nawait run(openExecutor(gpu))",
      'line 4: ',
    ],
  ])('says where a program %s', { timeout: 60_000 }, async ([, code, part]) => {
    const { page, complaints } = await open(withCode(code))
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('#status.wrong', { hasText: part }).waitFor({ timeout: 30_000 })
    await page.locator('#editor .cm-lintRange-error').first().waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  it('completes names with their declarations, and imports them', { timeout: 60_000 }, async () => {
    const { page, complaints } = await open(withCode("import { axis } from 'exptilt'\n"))
    await text(page).press('Control+End')
    await text(page).pressSequentially('gradie')
    const option = page.getByRole('option', { name: 'gradient', exact: true })
    await option.waitFor({ timeout: 30_000 })
    await page.locator('.info code', { hasText: 'const gradient: ' }).waitFor()
    await option.click()
    await text(page).pressSequentially('; automata.entr')
    await page.locator('.info code', { hasText: 'const entropy: ' }).waitFor()
    await page.keyboard.press('Escape')
    expect(await text(page).innerText()).toContain("import { gradient, axis } from 'exptilt'\ngradient; automata.entr")
    await page.keyboard.press('Tab')
    expect(await page.evaluate("document.activeElement.closest('#editor') === null")).toBe(true)
    expect(complaints).toEqual([])
    await page.close()
  })

  it('shares what is written by the address, and asks no other host', { timeout: 60_000 }, async () => {
    const { page, complaints } = await open('editor.html')
    await text(page).press('Control+a')
    const code = `const own = (await fetch(self.origin + '/style.css')).status
const λ = await fetch('${OTHER}').catch((e) => e.name)
console.log(own, λ)`
    await page.keyboard.insertText(code)
    await page.waitForFunction("location.hash.includes('console.log')")
    const again = await open(page.url().slice(url().length))
    expect(await text(again.page).innerText()).toBe(await text(page).innerText())
    await again.page.getByRole('button', { name: 'Run' }).click()
    await status(again.page, 'came to its end')
    expect(await printed(again.page)).toBe('200 TypeError\n')
    // It was not even asked: the page's policy holds for its programs.
    expect(again.complaints.filter((line) => line.includes(OTHER))).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
    await again.page.close()
  })

  it('answers ten megabytes with a sentence', { timeout: 60_000 }, async () => {
    const { page } = await open('editor.html')
    await text(page).press('Control+a')
    await text(page).evaluate((node) => {
      const data = new DataTransfer()
      data.setData('text/plain', 'const a = 1\n'.repeat(850_000))
      node.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }))
    })
    await page.getByRole('button', { name: 'Run' }).click()
    await page.locator('#status.wrong', { hasText: 'write at most 200000' }).waitFor({ timeout: 30_000 })
    await page.close()
  })
}
