/**
 * Chromium without a window, with WebGPU on SwiftShader where there is no hardware, and pages that run one module each.
 *
 * Chromium is Debian's, or the program that `EXPTILT_CHROMIUM` names.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join, normalize } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { root } from './bundle.ts'

const program = process.env['EXPTILT_CHROMIUM'] ?? '/usr/bin/chromium'

/** What to do where there is none. */
export const NO_CHROMIUM = `there is no Chromium at ${program}: install Debian's chromium, or name another in EXPTILT_CHROMIUM`

/** Whether there is a Chromium to run. */
export const hasChromium = (): boolean => existsSync(program)

/** A browser and the server of its pages. */
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

const serve = async (modules: ReadonlyMap<string, string>) => {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname
    const answer = (type: string, body: string | Buffer): void => {
      response.writeHead(200, { 'content-type': type })
      response.end(body)
    }
    if (path === '/favicon.ico') return answer('image/png', '')
    const module = modules.get(path)
    if (module !== undefined) return answer('text/javascript; charset=utf-8', module)
    if (path.endsWith('.html')) {
      const script = path.replace('.html', '.js')
      return answer(
        'text/html; charset=utf-8',
        `<!doctype html><title>${path}</title><script type="module" src="${script}"></script>`,
      )
    }
    readFile(join(root, normalize(path))).then(
      (bytes) => answer('application/octet-stream', bytes),
      () => {
        response.writeHead(404)
        response.end()
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}

const outcomeOf = async (page: Page, url: string, milliseconds: number): Promise<Outcome> => {
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
  await page.goto(url)
  const status = await ended
  await page.close()
  return { status, output: lines.join('\n') }
}

/** Opens Chromium. */
export const openChromium = async (): Promise<Pages> => {
  const modules = new Map<string, string>()
  const server = await serve(modules)
  const address = server.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
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
    run: async (module, milliseconds) => {
      const name = `/program-${modules.size}`
      modules.set(`${name}.js`, module)
      return outcomeOf(await browser.newPage(), `http://127.0.0.1:${port}${name}.html`, milliseconds)
    },
    close: async () => {
      await browser.close()
      server.close()
    },
  }
}
