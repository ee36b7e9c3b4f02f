/**
 * The site in Chromium: every page loads without a word on the console and without another host, each playground does its
 * main thing, fits 390 pixels, and passes axe.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { serveFolder } from '../lib/cli/static-server.ts'
import { buildSite } from '../scripts/site.ts'
import { hasChromium, NO_CHROMIUM, openChromium } from './browser/chromium.ts'
import { run } from './either.ts'
import { editorBehaves } from './site/editor-behaves.ts'

const folder = mkdtempSync(join(tmpdir(), 'exptilt-site-'))
await buildSite(folder)
const server = await run(serveFolder(folder, 0))
const chromium = hasChromium() || process.env['EXPTILT_REQUIRE_WEBGPU'] === '1' ? await openChromium() : undefined

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
const pages = files.filter((name) => name.endsWith('.html')).sort()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Opened {
  readonly page: Page
  readonly complaints: string[]
}

/** Opens an address of the site, and what it says on the console or asks of other hosts. */
const opened = async (path: string, width = 1200): Promise<Opened> => {
  if (chromium === undefined) throw new Error(NO_CHROMIUM)
  const page = await chromium.newPage(width)
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('request', (request) => {
    const own = [server.url, `blob:${server.url}`, 'data:'].some((start) => request.url().startsWith(start))
    if (!own) complaints.push(request.url())
  })
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`)
  })
  await page.goto(`${server.url}${path}`)
  return { page, complaints }
}

const status = (page: Page, part: string) => page.locator('#status', { hasText: part }).waitFor({ timeout: 45_000 })

/** What axe finds that is serious or worse. */
const violations = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axe)
  const found: unknown = await page.evaluate(
    `axe.run().then(({ violations }) => violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))`,
  )
  return Array.isArray(found) ? found.map(String) : ['axe did not answer']
}

/** Pictures of the documents: `npm run screenshots` names the folder that they are written to. */
const pictures = process.env['EXPTILT_SCREENSHOTS']

/** The page as it is shown, from its top. */
const picture = async (page: Page, name: string): Promise<void> => {
  if (pictures === undefined) return
  await page.evaluate('scrollTo(0, 0)')
  await page.screenshot({ path: join(pictures, `site-${name}.png`), fullPage: true })
}

const wider = (page: Page): Promise<unknown> =>
  page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')

afterAll(async () => {
  await chromium?.close()
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

describe('the built site', () => {
  it('has no script over 350 kB, compressed', () => {
    const sizes = files
      .filter((name) => name.endsWith('.js'))
      .map((name) => [name, gzipSync(readFileSync(join(folder, name))).length])
    expect(sizes.filter(([, size]) => Number(size) > 350_000)).toEqual([])
    expect(sizes.length).toBeGreaterThan(2)
  })

  it('has no link that leads nowhere inside it', () => {
    const broken = pages.flatMap((name) =>
      [...readFileSync(join(folder, name), 'utf8').matchAll(/(?:href|src)="([^"#]+)/gu)].flatMap(([, to = '']) => {
        if (/^[a-z]+:/u.test(to)) return []
        const path = new URL(to, `http://site/${name}`).pathname.slice(1)
        return files.includes(path) ? [] : [`${name}: ${to}`]
      }),
    )
    expect(broken).toEqual([])
  })
})

describe.skipIf(chromium === undefined)('in Chromium', () => {
  /** One narrow page goes from address to address; what it complains of is counted anew at each. */
  let narrow: Promise<Opened> | undefined
  const visited = async (path: string): Promise<Opened> => {
    if (narrow === undefined) return (narrow = opened(path, 390))
    const { page, complaints } = await narrow
    complaints.length = 0
    await page.goto(`${server.url}${path}`)
    return { page, complaints }
  }

  it.for(pages)('%s loads without complaints, fits 390 pixels and is accessible', { timeout: 60_000 }, async (path) => {
    const { page, complaints } = await visited(path)
    if (path === 'automata.html' || path === 'tilts.html')
      await page.locator('#result svg').waitFor({ timeout: 45_000 })
    expect(complaints).toEqual([])
    expect(await wider(page)).toBe(0)
    expect(await violations(page)).toEqual([])
  })

  editorBehaves(opened, () => server.url)

  it('finds names of the reference by words of their comments, and shares them by the address', async () => {
    const { page, complaints } = await opened('reference.html')
    const shown = page.locator('section.name:visible')
    await page.getByLabel('Search').fill('effective sample size')
    const some = await shown.count()
    expect(some).toBeGreaterThan(0)
    expect(some).toBeLessThan(40)
    expect(await page.locator('#found').textContent()).toMatch(new RegExp(`^${some} of \\d{3}$`, 'u'))
    const again = await opened(page.url().slice(server.url.length))
    expect(await again.page.locator('section.name:visible').count()).toBe(some)
    expect(await again.page.locator('[id="exptilt/energy.effectiveSampleSize"] pre').first().textContent()).toMatch(
      /^const effectiveSampleSize: /u,
    )
    expect([...complaints, ...again.complaints]).toEqual([])
    await page.close()
    await again.page.close()
  })

  it('finds sections, names and examples by words, offline, and leads to them', async () => {
    const { page, complaints } = await opened('search.html')
    await page.context().setOffline(true)
    await page.getByLabel('Words').fill('reproducing a paper')
    await page.getByRole('link', { name: 'Guide: Reproducing a paper', exact: true }).waitFor()
    await page.getByLabel('Words').fill('self-normalised')
    expect(await page.locator('#result li').count()).toBeGreaterThan(1)
    await page.getByLabel('Words').fill('jackknife zzyzx')
    await status(page, '0 of ')
    await page.getByLabel('Words').fill('whitenoise')
    await page.getByRole('link', { name: 'whiteNoise of exptilt/automata' }).waitFor()
    await page.context().setOffline(false)
    await page.getByRole('link', { name: 'whiteNoise of exptilt/automata' }).click()
    await page.locator('[id="exptilt/automata.whiteNoise"]:target').waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  it('draws the machine of an expression, counts its strings, and shares it by the address', async () => {
    const { page, complaints } = await opened('automata.html')
    await page.locator('#result svg').waitFor({ timeout: 45_000 })
    await picture(page, 'automata')
    await page.getByLabel('expression').fill('^(ab)*$')
    await page.getByLabel('alphabet').fill('ab')
    await page.getByLabel('length', { exact: true }).fill('10')
    await page.locator('td', { hasText: /^1$/u }).waitFor()
    expect(await page.locator('.strings code').first().textContent()).toBe('ababababab')
    expect(await page.locator('circle.state').count()).toBe(2)
    const again = await opened(page.url().slice(server.url.length))
    await again.page.locator('td', { hasText: /^1$/u }).waitFor()
    expect(await again.page.getByLabel('alphabet').inputValue()).toBe('ab')
    expect([...complaints, ...again.complaints]).toEqual([])
    await page.close()
    await again.page.close()
  })

  it('tilts by λ and by shares, beside the exact law', async () => {
    const { page, complaints } = await opened('tilts.html')
    await status(page, 'log Z is')
    await picture(page, 'tilts')
    await page.getByLabel('shares').check()
    await page.locator('td', { hasText: /^90 %$/u }).waitFor()
    await page.getByLabel('share in %').first().fill('100')
    await status(page, 'no finite λ')
    await page.getByLabel('base: the bigrams').fill('banana\nbandana')
    await page.getByLabel('expression').first().fill('ana')
    await page.getByLabel('expression').last().fill('')
    await page.getByLabel('share in %').first().fill('60')
    await page.locator('td', { hasText: /^60 %$/u }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  it('trains in the tab, stops, goes on, and shows what it found', { timeout: 240_000 }, async () => {
    const { page, complaints } = await opened('gam.html#motif=101&length=8&train=100&width=12&seed=2&device=onnx', 390)
    await page.getByLabel('motif').press('Enter')
    await page.locator('svg .dot.first').nth(1).waitFor({ timeout: 90_000 })
    await page.getByRole('button', { name: 'Stop' }).press('Enter')
    await status(page, 'Stopped')
    const before = await page.locator('svg .dot').count()
    await page.getByRole('button', { name: 'Go on' }).press('Enter')
    await page.locator('#status', { hasText: 'r finds the motif in' }).waitFor({ timeout: 120_000 })
    expect(await page.locator('svg .dot').count()).toBe(24)
    expect(before).toBeLessThan(24)
    expect(await page.locator('svg text.end').allTextContents()).toEqual(['r', 'π', 'truth', 'Pλ'])
    expect(await page.locator('#note').textContent()).toMatch(/^ONNX Runtime [\d.]+ \(WebAssembly, 1 thread\)/)
    await page.locator('td', { hasText: /^100 %$/u }).waitFor()
    expect(await page.locator('.strings code').count()).toBe(12)
    expect(await wider(page)).toBe(0)
    expect(await violations(page)).toEqual([])
    expect(complaints).toEqual([])
    await page.close()
  })

  it('says what is wrong with what is to be trained', async () => {
    const { page, complaints } = await opened('gam.html')
    await page.getByLabel('motif').fill('102')
    await page.getByRole('button', { name: 'Train' }).click()
    await page.locator('#status.wrong', { hasText: "the motif is '102': write 1 to 20 digits 0 and 1." }).waitFor()
    expect(complaints).toEqual([])
    await page.close()
  })

  it('draws texts under words, as they grow, with log Z, its error and the particles', {
    timeout: 240_000,
  }, async () => {
    const address = 'text.html#prompt=The+sea&contain=ship&avoid=Lord&particles=16&limit=10&seed=5'
    const { page, complaints } = await opened(address, 390)
    // Texts that grow may be shown for less than a look lasts.
    await page.evaluate(`new MutationObserver(() => {
      if (document.body.textContent.includes('Texts so far')) document.body.dataset.grew = 'yes'
    }).observe(document.body, { childList: true, subtree: true })`)
    await page.getByLabel('the text goes on from').press('Enter')
    await page.locator('#status', { hasText: 'log Z is' }).waitFor({ timeout: 120_000 })
    expect(await page.locator('body').getAttribute('data-grew')).toBe('yes')
    const texts = await page.locator('tbody tr th', { hasText: 'ship' }).count()
    expect(texts).toBeGreaterThan(0)
    expect(await page.locator('path.kept').getAttribute('d')).toMatch(/^M[\d.]+,[\d.]+L/u)
    expect(await page.locator('#note').textContent()).toMatch(/3072 symbols.*ONNX Runtime [\d.]+ \(WebAssembly\)/u)
    expect(await page.locator('svg text.end').allTextContents()).toEqual(['ESS', 'all'])
    expect(await wider(page)).toBe(0)
    expect(await violations(page)).toEqual([])
    await page.getByLabel('what follows matches').fill('(a|b')
    await page.getByRole('button', { name: 'Draw' }).press('Enter')
    await status(page, 'is not a regular expression')
    await page.getByLabel('what follows matches').fill('[a-z]{1,60}(q|z)[a-z]{0,90}(x|y).{40}')
    await page.getByRole('button', { name: 'Draw' }).press('Enter')
    await page.locator('#status.wrong, #status.doubt', { hasNotText: 'is not a regular' }).waitFor({ timeout: 90_000 })
    // No text has any weight.
    await page.getByLabel('what follows matches').fill('')
    await page.getByLabel('holds none of these').fill('ship')
    await page.getByRole('button', { name: 'Draw' }).press('Enter')
    await status(page, 'no text')
    expect(complaints).toEqual([])
    await page.close()
  })

  it.for(['gam.html#device=onnx', 'text.html'])(
    '%s says why it cannot compute without the file of WebAssembly',
    { timeout: 90_000 },
    async (address) => {
      const { page } = await opened(address)
      await page.context().route('**/*.wasm', (route) => route.abort())
      await page.locator('#start').click()
      await page
        .locator('#status.wrong', { hasText: 'serve ort-wasm-simd-threaded.wasm beside the script' })
        .waitFor({ timeout: 60_000 })
      expect(await page.locator('#start').isEnabled()).toBe(true)
      await page.context().close()
    },
  )

  it('says that there is no WebGPU, and what to do', { timeout: 60_000 }, async () => {
    const { page } = await opened('gam.html#device=gpu')
    await page.context().route('**/gam-worker.js', async (route) => {
      const response = await route.fetch()
      const without = "Object.defineProperty(navigator, 'gpu', { value: undefined });"
      await route.fulfill({ response, body: `${without}\n${await response.text()}` })
    })
    await page.locator('#start').click()
    await status(page, 'this browser has no WebGPU here: use a recent Chromium, Firefox or Safari through https')
    await page.context().close()
  })

  it('stops what explodes, with a sentence, and computes the next', { timeout: 60_000 }, async () => {
    const { page } = await opened('automata.html')
    await page.getByLabel('alphabet').fill('abcdefghijklmnopqrstuvwxyz')
    await page.getByLabel('expression').fill('(a|b)*a[a-z]{16}(?=.*q.{14}z)')
    await page.locator('#status.wrong').waitFor({ timeout: 30_000 })
    await page.getByLabel('expression').fill('q')
    await status(page, 'The minimal complete automaton has 2 states')
    await page.close()
  })

  it('answers ten megabytes of text with a sentence', { timeout: 60_000 }, async () => {
    const { page } = await opened('tilts.html')
    await page.getByLabel('base: the bigrams').evaluate((area) => {
      if (area instanceof HTMLTextAreaElement) area.value = 'a'.repeat(10_000_000)
      area.dispatchEvent(new Event('input', { bubbles: true }))
    })
    await status(page, 'paste at most')
    expect(page.url().length).toBeLessThan(200)
    await page.close()
  })
})
