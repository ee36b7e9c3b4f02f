/** What the program says of itself: help, version, completion. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseArguments } from '../../lib/cli/parse.ts'

const asked = (...argv: readonly string[]) => parseArguments(argv, 80)

const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')

describe('exptilt', () => {
  it('--version is that of the package', () =>
    expect(asked('--version')).toEqual({ kind: 'help', text: `${/"version": "(.*?)"/.exec(manifest)?.[1]}\n` }))

  it.each([[], ['gam'], ['gam', 'sweep'], ['residual', 'evaluate'], ['earm', 'lm'], ['tilt']])(
    'help %s %s is its --help',
    (...words) => {
      const page = asked(...words, '--help')
      expect(page).toMatchObject({ kind: 'help', text: expect.stringContaining(['exptilt', ...words].join(' ')) })
      expect(asked('help', ...words)).toEqual(page)
    },
  )

  it('no line of help is wider than the terminal', () => {
    const pages = [[], ['gam'], ['gam', 'sweep'], ['residual'], ['earm', 'image', 'train'], ['tilt'], ['pfsa']]
    const lines = pages.flatMap((words) => {
      const page = asked(...words, '--help')
      return page.kind === 'help' ? page.text.split('\n') : [page.kind]
    })
    expect(lines.filter((line) => [...line].length > 80)).toEqual([])
  })

  it.each(['bash', 'zsh', 'fish'])('completion for %s: a script, and what can follow', (shell) => {
    expect(asked('completion', shell)).toMatchObject({ kind: 'help', text: expect.stringContaining('exptilt') })
    const follows = (...words: readonly string[]): string => {
      const found = asked('completion', shell, ...words)
      return found.kind === 'help' ? found.text : found.kind
    }
    expect(follows('re')).toContain('residual')
    expect(follows('gam', '--pre')).toContain('--preset')
    expect(follows('gam', '--preset', 't')).toContain('tiny')
    expect(follows('gam', '--pre')).not.toContain('--width')
  })

  it.each([
    [['completion'], 'Missing shell name'],
    [['completion', 'dos'], 'Unsupported shell'],
    [['help', 'x'], 'x is no'],
    [['GAM'], 'GAM is no option or command of exptilt (did you mean gam?)'],
  ])('%s is refused in a sentence', (argv, what) => {
    const refused = asked(...argv)
    expect(refused).toMatchObject({ kind: 'refused', failure: { tag: 'Usage', what: expect.stringContaining(what) } })
  })
})
