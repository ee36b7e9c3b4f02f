/**
 * Chromium without a window, with WebGPU on SwiftShader where there is no hardware, and pages that run one module each.
 *
 * Chromium is Debian's, or the program that `EXPTILT_CHROMIUM` names.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, chromium, type Page, type Route } from 'playwright-core'
import { root } from './bundle.ts'

const program = process.env['EXPTILT_CHROMIUM'] ?? '/usr/bin/chromium'

/** What to do where there is none. */
export const NO_CHROMIUM = `there is no Chromium at ${program}: install Debian's chromium, or name another in EXPTILT_CHROMIUM`

/** Whether there is a Chromium to run. */
export const hasChromium = (): boolean => existsSync(program)

/** A browser and its pages. */
export interface Pages {
  /** Runs the text of a module in a page of its own, for at most so long: what it ended with, and all that it printed. */
  readonly run: (module: string, milliseconds: number) => Promise<Outcome>
  /** An empty page of this width. */
  readonly newPage: (width: number) => Promise<Page>
  readonly version: string
  readonly close: () => Promise<void>
}

/** How a program ended, and what it printed. */
export interface Outcome {
  readonly status: number
  readonly output: string
}

/** The status of a program that threw, and of one that did not end. */
const [BROKEN, LATE] = [70, 124]

/** Where pages think that they are: an address that may use WebGPU, and that nothing listens at. */
const ORIGIN = 'http://localhost'

/** Answers whatever a page asks for: itself, its module, and files of the project. */
const answer = (module: string) => async (route: Route) => {
  const path = new URL(route.request().url()).pathname
  if (path === '/') return route.fulfill({ contentType: 'text/html', body: PAGE })
  if (path === '/program.js') return route.fulfill({ contentType: 'text/javascript; charset=utf-8', body: module })
  return existsSync(join(root, path)) ? route.fulfill({ path: join(root, path) }) : route.fulfill({ status: 404 })
}

const PAGE = '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/program.js"></script>'

const outcomeOf = async (page: Page, module: string, milliseconds: number): Promise<Outcome> => {
  const lines: string[] = []
  const ended = new Promise<number>((resolve) => {
    void page.exposeFunction('ended', resolve)
    page.on('console', (message) => lines.push(message.text()))
    page.on('pageerror', (error) => {
      lines.push(error.stack ?? String(error))
      setTimeout(() => resolve(BROKEN), 1000)
    })
    page.on('crash', () => resolve(BROKEN))
    setTimeout(() => resolve(LATE), milliseconds).unref()
  })
  await page.route(`${ORIGIN}/**`, answer(module))
  await page.goto(`${ORIGIN}/`)
  const status = await ended
  await page.close()
  return { status, output: lines.join('\n') }
}

/** Opens Chromium. */
export const openChromium = async (): Promise<Pages> => {
  const browser: Browser = await chromium.launch({
    executablePath: program,
    args: [
      '--no-sandbox',
      '--enable-unsafe-webgpu',
      '--enable-features=Vulkan',
      '--use-webgpu-adapter=swiftshader',
      '--disable-dev-shm-usage',
    ],
  })
  return {
    version: browser.version(),
    newPage: (width) => browser.newPage({ viewport: { width, height: 900 } }),
    run: async (module, milliseconds) => outcomeOf(await browser.newPage(), module, milliseconds),
    close: () => browser.close(),
  }
}
