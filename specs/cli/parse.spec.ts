/** What the program says of itself: help of every command, version, completion. */
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../lib/cli/parse.ts'
import { failure } from '../../lib/errors.ts'

const asked = (...argv: readonly string[]) => parseArguments(argv, 80)

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')

const helpOf = async (...words: readonly string[]): Promise<string> => {
  const page = await asked(...words, '--help')
  return page.kind === 'help' ? page.text : expect.fail(JSON.stringify(page))
}

const aside = new Set(['help', 'completion'])

/** A page of help: the words of its command, and its text. */
interface Page {
  readonly words: readonly string[]
  readonly text: string
}

/** The page of a command and those of all commands below it, as its list names them. */
const pagesBelow = async (words: readonly string[]): Promise<readonly Page[]> => {
  const text = await helpOf(...words)
  const below = [...text.matchAll(/^ {2}([a-z]+) {2,}\S/gm)].map(([, name]) => String(name))
  const pages = await Promise.all(below.filter((name) => !aside.has(name)).map((name) => pagesBelow([...words, name])))
  return [{ words, text }, ...pages.flat()]
}

const pages = await pagesBelow([])

/** The options of a page that take a value, with what is said of each. */
const optionsOf = (text: string): readonly (readonly [flag: string, said: string])[] =>
  [...text.matchAll(/^ {2}(--[a-z-]+ \S+)((?:(?!^ {2}\S|^$)[^])*)/gm)].map(([, flag, said]) => [
    String(flag),
    String(said).replace(/\s+/g, ' ').trim(),
  ])

/** A line in words as a shell reads them, without a comment. */
const wordsOf = (line: string): readonly string[] =>
  [...line.replace(/ +(?:#|& ).*$|&$/u, '').matchAll(/'([^']*)'|(\S+)/g)].map(
    ([, quoted, plain]) => quoted ?? String(plain),
  )

/** The command lines of a page's examples. */
const examplesOf = (text: string): readonly (readonly string[])[] =>
  [...(/^For example:\n([^]*)/m.exec(text)?.[1] ?? '').matchAll(/^ *exptilt (.*)$/gm)].map(([, line]) =>
    wordsOf(String(line)),
  )

/** The command lines of a document, in fences and in the text: not those that leave something out, nor bare names of commands. */
const commandsOf = (document: string): readonly string[] =>
  [...document.replaceAll(/ \\\n */g, ' ').matchAll(/^npx exptilt (.*)$|`npx exptilt ([^`]*)`/gm)]
    .map(([, fenced, inline]) => fenced ?? String(inline).replaceAll(/\s+/g, ' '))
    .filter((line) => !/…|\b(?:COMMAND|NAME|N)\b|^(?:worker|jobs)$/u.test(line))

const root = new URL('../../', import.meta.url)
const documents = [
  'README.md',
  ...readdirSync(new URL('docs/', root)).flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : [])),
]

it('there are all commands', () => {
  const names = pages.map(({ words }) => words.join(' '))
  for (const name of [
    'gam generate',
    'residual judge',
    'worker',
    'jobs retry',
    'residual analyse',
    'earm image table',
    'data prepare',
    'export',
    'site',
  ])
    expect(names).toContain(name)
  expect(names).toHaveLength(37)
})

describe.each(pages)('help of exptilt $words', ({ words, text }) => {
  it('is help COMMAND too, and no line is wider than the terminal', async () => {
    expect(await asked('help', ...words)).toEqual({ kind: 'help', text })
    expect(text.split('\n').filter((line) => [...line].length > 80)).toEqual([])
  })

  it('says of every option what it is unless given', () => {
    const silent = optionsOf(text).filter(([, said]) => !/\[[^\]]+\]$|\(required\)\.$/.test(said))
    expect(silent).toEqual([])
  })

  it('has examples that are commands as they stand', async () => {
    const examples = examplesOf(text)
    if (words.length > 0) expect(examples).not.toEqual([])
    for (const example of examples) {
      expect(example.slice(0, words.length)).toEqual(words)
      expect(await asked(...example)).toMatchObject({ kind: 'flags' })
    }
  })
})

describe('the documents', () => {
  const written = documents.flatMap((name) =>
    commandsOf(readFileSync(new URL(name, root), 'utf8')).map((line) => ({ name, line })),
  )

  it('have commands', () => expect(written.length).toBeGreaterThan(60))

  it.each(written)('$name: exptilt $line', async ({ line }) => {
    const found = await asked(...wordsOf(line))
    expect(found.kind === 'refused' ? found.failure : undefined).toBeUndefined()
  })
})

describe('exptilt', () => {
  it('--version is that of the package', async () =>
    expect(await asked('--version')).toEqual({ kind: 'help', text: `${/"version": "(.*?)"/.exec(manifest)?.[1]}\n` }))

  it('--feature says its dialect, and that it is searched', async () =>
    expect((await helpOf('gam')).replace(/\s+/g, ' ')).toMatch(
      /--feature REGEX .* regular expression of JavaScript \(flag u, no back references\)\. It is searched: /,
    ))

  it.each(['gam', 'residual', 'earm', 'earm lm', 'data', 'jobs'])(
    '%s alone says that nothing follows',
    async (words) => {
      expect(await asked(...words.split(' '))).toEqual({
        kind: 'refused',
        failure: failure('Usage', `nothing follows ${words}`, `see \`exptilt ${words} --help\` for what it takes`),
      })
    },
  )

  it('presets say what they set, limits of time too', async () => {
    const text = (await helpOf('gam')).replace(/\s+/g, ' ')
    expect(text).toContain('[tiny 500, small 1000, paper 5000]')
    expect(text).toContain('[tiny 90, else no limit]')
    expect(text).toContain('[tiny 5e6, small 2e7, paper 1e8]')
  })

  it.each(['bash', 'zsh', 'fish'])('completion for %s: a script, and what can follow', async (shell) => {
    expect(await asked('completion', shell)).toMatchObject({ kind: 'help', text: expect.stringContaining('exptilt') })
    const follows = async (...words: readonly string[]): Promise<string> => {
      const found = await asked('completion', shell, ...words)
      return found.kind === 'help' ? found.text : found.kind
    }
    expect(await follows('re')).toContain('residual')
    expect(await follows('gam', '--pre')).toContain('--preset')
    expect(await follows('gam', '--preset', 't')).toContain('tiny')
    expect(await follows('gam', '--pre')).not.toContain('--width')
    expect(await follows('earm', 'im')).toContain('image')
    expect(await follows('earm', 'image', 'sa')).toContain('sample')
  })

  it.each([
    [['completion'], 'Missing shell name'],
    [['completion', 'dos'], 'Unsupported shell'],
    [['help', 'x'], 'x is no'],
    [['GAM'], 'GAM is no option or command of exptilt (did you mean gam?)'],
  ])('%s is refused in a sentence', async (argv, what) => {
    const refused = await asked(...argv)
    expect(refused).toMatchObject({ kind: 'refused', failure: { tag: 'Usage', what: expect.stringContaining(what) } })
  })

  it.each(['evaluate', 'generate', 'analyse'])(
    'residual %s without a run is refused, so that it trains nothing',
    async (stage) => {
      expect(await asked('residual', stage)).toMatchObject({ kind: 'refused' })
      expect(await asked('residual', stage, '--run', 'x')).toMatchObject({ flags: { stage, resume: 'x' } })
    },
  )
})
