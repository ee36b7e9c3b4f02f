/**
 * The documentation is true: every export is explained, every example compiles and runs, every link leads somewhere,
 * and every equation names a function and a spec that exist.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { afterAll, describe, expect, it } from 'vitest'
import {
  anchors,
  citedLaws,
  commentExamples,
  type Example,
  equationRows,
  exampleModule,
  exportedNames,
  lawIds,
  localLinks,
  markdownExamples,
  undocumented,
} from '../scripts/documentation.ts'
import { entries, publicValues, rooms } from '../scripts/public-names.ts'
import { allowed, elementary, sums } from './accuracy-bounds.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const files = (folder: string, extension: string): readonly string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith(extension))
        .map((name) => `${folder}/${name}`)
        .sort()
    : []

const sources = files('lib', '.ts').filter((path) => !path.startsWith('lib/generated/'))
const pages = ['README.md', 'CHANGELOG.md', ...files('docs', '.md')].filter((page) => existsSync(join(root, page)))

/** As `npm run accuracy` writes it. */
const shortNumber = (x: number): string => (x < 10 ? x.toFixed(2) : x.toFixed(0))

const scratch = '.documentation.tmp'

/** The values of each entry, and its text. */
const values = entries.map(([specifier, path]) => ({ specifier, names: publicValues(root, path), file: read(path) }))

const namespaces = (file: string): readonly string[] =>
  [...file.matchAll(/^export \* as (\w+)/gm)].map(([, name = '']) => name)

/** What an example may use without saying where it comes from: values of the entry that exports its file, and of the root. */
const sharedIn = (file: string): readonly { readonly name: string; readonly specifier: string }[] => {
  const own = values.filter(
    ({ specifier, names }) => specifier !== 'exptilt' && names.some(({ path }) => path === file),
  )
  const rooms = [...own, ...values.filter(({ specifier }) => specifier === 'exptilt')]
  const given = rooms.flatMap(({ specifier, names, file: text }) =>
    [...names.map(({ name }) => name), ...namespaces(text)].map((name) => ({ name, specifier })),
  )
  return [...new Map(given.toReversed().map((each) => [each.name, each])).values()]
}

interface Runnable extends Example {
  readonly file: string
}

/** Writes each example to a file of its own, so that the compiler and the runner see what a reader would paste. */
const runnables = (): readonly Runnable[] => {
  const examples = [
    ...sources.flatMap((path) => commentExamples(path, read(path))),
    ...pages.flatMap((path) => markdownExamples(path, read(path))),
  ]
  rmSync(join(root, scratch), { recursive: true, force: true })
  mkdirSync(join(root, scratch))
  return examples.map((example, i) => {
    const file = join(root, scratch, `example-${i}.ts`)
    writeFileSync(file, exampleModule(root, scratch, example, read(example.path), sharedIn(example.path)))
    return { ...example, file }
  })
}

const compilerOptions = (): ts.CompilerOptions => {
  const { options } = ts.parseJsonSourceFileConfigFileContent(
    ts.readJsonConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)),
    { ...ts.sys, readDirectory: () => [] },
    root,
  )
  return {
    ...options,
    noUnusedLocals: false,
    isolatedDeclarations: false,
    declaration: false,
    verbatimModuleSyntax: false,
  }
}

const examples = runnables()

const complaint = ({ messageText, start, file }: ts.Diagnostic): string => {
  const line = file === undefined || start === undefined ? 0 : file.getLineAndCharacterOfPosition(start).line + 1
  return `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
}

afterAll(() => rmSync(join(root, scratch), { recursive: true, force: true }))

describe('doc comments', () => {
  it('stand on every export', { timeout: 60_000 }, () => {
    expect(sources.flatMap((path) => undocumented(path, read(path)).map((name) => `${path}: ${name}`))).toEqual([])
  })

  it('open every file', () => {
    expect(sources.filter((path) => !/^(#!.*\n)?\/\*\*/.test(read(path)))).toEqual([])
  })
})

/** What an example can show no value of: it takes files, a device or a training that is not everywhere. */
const needsMore = [
  ...[
    'openModelBytes',
    'openPredictor',
    'openQueue',
    'openThreads',
    'openWebGpu',
    'fromTransformers',
    'predictedLanguage',
    'predictorModel',
  ],
  ...[
    'corpus',
    'imageSet',
    'parallelCorpus',
    'tokenCorpus',
    'exportDecoder',
    'languageModel',
    'readBaseFile',
    'readWeights',
    'textClassifier',
  ],
  ...['gamFeatures', 'runGam', 'runResidual', 'promptResidual', 'runEArm', 'evaluateEArm', 'sampleEArm'],
  ...['langevinStep', 'langevinTrainer'],
]

describe('every value', () => {
  const named = rooms.map(([room, path]) => [room, publicValues(root, path)] as const)

  it.each(named)('of %s has an example', (_, names) => {
    expect(names.filter(({ comment }) => !comment.includes('@example')).map(({ name }) => name)).toEqual([])
  })

  it('has one that says what it gives, but for those that need more than a page has', () => {
    const silent = named.flatMap(([, names]) => names.filter(({ comment }) => !/@example[^]*\/\/ => /.test(comment)))
    expect([...new Set(silent.map(({ name }) => name))].sort()).toEqual(needsMore.toSorted())
  })
})

describe('examples', () => {
  it('are there', () => expect(examples.length).toBeGreaterThan(0))

  it('compile', { timeout: 120_000 }, () => {
    const program = ts.createProgram({ rootNames: examples.map(({ file }) => file), options: compilerOptions() })
    const wrong = examples.flatMap(({ place, file }) => {
      const source = program.getSourceFile(file)
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        (diagnostic) => `${place}, ${complaint(diagnostic)}`,
      )
    })
    expect(wrong).toEqual([])
  })

  it.each(examples)('run: $place', { timeout: 60_000 }, async ({ file }) => {
    await import(/* @vite-ignore */ file)
  })
})

describe('links', () => {
  it.each(pages)('of %s lead to files and headings that exist', (page) => {
    const broken = localLinks(read(page)).filter((link) => {
      const [path = '', anchor] = link.split('#')
      const target = path === '' ? join(root, page) : resolve(root, dirname(page), decodeURIComponent(path))
      if (!existsSync(target)) return true
      return anchor !== undefined && target.endsWith('.md') && !anchors(readFileSync(target, 'utf8')).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})

describe('the equations page', () => {
  const page = 'docs/equations.md'
  const rows = existsSync(join(root, page)) ? equationRows(read(page)) : []

  it('has rows', () => expect(rows.length).toBeGreaterThan(0))

  it('and docs/papers.md names for every datum and hyper-parameter what exists', () => {
    const named = equationRows(read('docs/papers.md')).filter(({ functions }) => functions.length > 0)
    expect(named.length).toBeGreaterThan(45)
    for (const { row, functions, specs, properties } of named) {
      expect([row, specs.length > 0]).toEqual([row, true])
      for (const { path, name } of functions) expect(exportedNames(path, read(path))).toContain(name)
      const text = specs.map(read).join('\n')
      for (const property of properties) expect(text).toMatch(new RegExp(`\\b${property}\\b`))
    }
  })

  it('and docs/papers.md leaves no line of a table that has specs without a function, a spec and a result', () => {
    let columns: readonly string[] = []
    let checked = 0
    for (const line of read('docs/papers.md').split('\n')) {
      const cells = line.split('|').map((cell) => cell.trim())
      if (/^\|[\s:|-]+\|$/.test(line) || !line.startsWith('|')) continue
      if (['paper', 'slides'].includes(cells[1] ?? '')) columns = cells
      else if (columns.includes('spec')) {
        checked++
        expect([line, cells.length]).toEqual([line, columns.length])
        expect([line, cells[columns.indexOf('where')]]).toEqual([line, expect.stringContaining('](../lib/')])
        expect([line, cells[columns.indexOf('spec')]]).toEqual([line, expect.stringContaining('.spec.ts)')])
        if (columns[1] === 'slides') expect([line, cells[columns.indexOf('result')]]).not.toEqual([line, ''])
      }
    }
    expect(checked).toBeGreaterThan(45)
  })

  it('and docs/papers.md has a line for every table, figure and set of data of the E-ARM paper', () => {
    const text = read('docs/papers.md')
    const section = text.slice(text.indexOf('# The E-ARM paper'))
    const numbered = (name: string, count: number) => Array.from({ length: count }, (_, i) => `| ${name} ${i + 1}:`)
    const data = ['WikiText-103', 'IWSLT14', 'WMT16', 'MNIST', 'CIFAR-10'].map((name) => `| ${name}`)
    for (const line of [...numbered('Table', 12), ...numbered('Figure', 2), ...data])
      expect([line, section.includes(line)]).toEqual([line, true])
  })

  it.each(rows)('names a function and a spec that exist: $row', ({ functions, specs, properties }) => {
    expect(functions.length).toBeGreaterThan(0)
    expect(specs.length).toBeGreaterThan(0)
    for (const { path, name } of functions) expect(exportedNames(path, read(path))).toContain(name)
    const text = specs.map(read).join('\n')
    for (const property of properties) expect(text).toMatch(new RegExp(`\\b${property}\\b`))
  })
})

describe('the page of accuracy', () => {
  const lines = read('docs/accuracy.md').split('\n')
  const bounds = (name: string): readonly string[] =>
    lines.flatMap((line) => {
      const [, first = '', , bound = ''] = line.split('|').map((cell) => cell.trim())
      return first === name ? [bound] : []
    })

  it.each(Object.entries(elementary))(
    'has %s on ONNX Runtime and WebGPU, with the bounds that are kept',
    (name, { bounds: kept }) => {
      expect(bounds(name).map(Number)).toEqual(expect.arrayContaining([kept.onnx, kept.webgpu]))
    },
  )

  it.each(Object.keys(sums))('has %s of 16 to 10⁶ terms', (name) => {
    for (const n of [16, 1_000_000])
      expect(bounds(`${name}, ${n} terms`)).toEqual(
        (['onnx', 'webgpu'] as const).map((where) => shortNumber(allowed(name, where, n) / 2 ** -24)),
      )
  })
})

describe('the page of laws', () => {
  const laws = lawIds(read('docs/laws.md'))
  const cited = files('specs', '.ts').flatMap((path) => citedLaws(path, read(path)))

  it('says each law once', () => expect([...new Set(laws)]).toEqual(laws))

  it('has every law that a title cites', () => {
    expect(laws).not.toEqual([])
    expect([...new Set(cited)].filter((id) => !laws.includes(id)).sort()).toEqual([])
  })

  it('has no law that no title cites', () => expect(laws.filter((id) => !cited.includes(id))).toEqual([]))
})
