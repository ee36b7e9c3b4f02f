/**
 * The package as it would be published, checked without a network: publint, the types of every entry under Node's ESM resolution
 * and bundlers' (are the types wrong?), the names of the bundle that Node loads, links of the pages that are in it, and the size of README's gradient in a browser.
 *
 * Builds `dist` first. `npm run package`; part of `npm test`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, normalize } from 'node:path'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { localLinks } from './documentation.ts'
import { builtModule, bundleName, pack, readmePrograms, root } from './packed.ts'
import { entries } from './public-names.ts'

/** README's gradient in a browser: bytes after gzip, nothing left out. */
const BUDGET = 60_000

/** How importers resolve an entry; CommonJS and the old rules of Node 10 are not promised. */
const PROMISED = ['node16-esm', 'bundler']

/** The folder of the unpacked package, beside the dependencies of this checkout. */
const unpack = (tarball: string, folder: string): string => {
  mkdirSync(join(folder, 'node_modules/exptilt'), { recursive: true })
  execFileSync('tar', ['-xzf', tarball, '-C', join(folder, 'node_modules/exptilt'), '--strip-components', '1'])
  return join(folder, 'node_modules/exptilt')
}

const published = async (folder: string): Promise<readonly string[]> => {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true, pack: false })
  // A suggestion: `browser` could be conditions of `exports`; it replaces a file that is no entry.
  const wrong = messages.filter(({ code }) => code !== 'USE_EXPORTS_OR_IMPORTS_BROWSER')
  return wrong.map((message) => `publint: ${formatMessage(message, pkg, { color: false }) ?? message.code}`)
}

const typed = async (tarball: string): Promise<readonly string[]> => {
  const found = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(tarball))))
  if (found.types === false) return ['the package has no types']
  return found.problems.flatMap((problem) => {
    const mode = 'resolutionKind' in problem ? problem.resolutionKind : undefined
    return mode === undefined || PROMISED.includes(mode) ? [`types: ${JSON.stringify(problem)}`] : []
  })
}

/** Links of the shipped pages to files that are not in the package; those to specs are to the repository, and say so. */
const linked = (folder: string): readonly string[] => {
  const pages = execFileSync('find', ['.', '-name', '*.md', '-not', '-path', './node_modules/*'], { cwd: folder })
  return pages
    .toString()
    .trim()
    .split('\n')
    .map((page) => normalize(page))
    .flatMap((page) =>
      localLinks(readFileSync(join(folder, page), 'utf8'))
        .map((link) => normalize(join(dirname(page), decodeURIComponent(link.split('#')[0] ?? ''))))
        .filter((target) => !target.startsWith('specs') && !existsSync(join(folder, target)))
        .map((target) => `${page} links to ${target}, which is not in the package`),
    )
}

const sized = async (folder: string): Promise<readonly string[]> => {
  const entry = join(folder, '../../program.ts')
  const [, slope] = readmePrograms()
  writeFileSync(entry, slope)
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    write: false,
    logLevel: 'error',
    nodePaths: [join(root, 'node_modules')],
  })
  const bytes = gzipSync(outputFiles[0]?.contents ?? new Uint8Array(0), { level: 9 }).length
  console.log(`README's gradient in a browser: ${(bytes / 1000).toFixed(1)} kB of ${BUDGET / 1000} kB, gzipped`)
  return bytes > 0 && bytes <= BUDGET ? [] : [`README's gradient is ${bytes} bytes gzipped, more than ${BUDGET}`]
}

/** Entries that Node loads from the bundle with other names than the modules have. */
const bundled = async (folder: string): Promise<readonly string[]> => {
  const namesOf = async (file: string): Promise<string> => {
    const loaded: unknown = await import(pathToFileURL(join(folder, file)).href)
    return typeof loaded === 'object' && loaded !== null ? Object.keys(loaded).sort().join() : ''
  }
  const wrong: string[] = []
  for (const [entry, path] of entries) {
    const [one, other] = [await namesOf(`dist/bundle/${bundleName(entry)}.js`), await namesOf(builtModule(path))]
    if (one === '' || one !== other) wrong.push(`${entry} has other names in the bundle for Node`)
  }
  return wrong
}

/** What JSR would say, without publishing: slow types, imports that it cannot resolve. */
const onJsr = (): readonly string[] => {
  const launcher = join(root, 'node_modules/deno/bin.cjs')
  const args = ['publish', '--dry-run', '--allow-dirty', '--no-check', '--config', 'jsr.json', '--quiet']
  const { status, stderr } = spawnSync(process.execPath, [launcher, ...args], { cwd: root, encoding: 'utf8' })
  return status === 0 ? [] : [`deno publish: ${stderr}`]
}

const folder = mkdtempSync(join(tmpdir(), 'exptilt-package-'))
try {
  const tarball = pack(folder)
  const unpacked = unpack(tarball, folder)
  console.log(`${(readFileSync(tarball).length / 1e6).toFixed(2)} MB packed, without the site`)
  const wrong = [
    ...(await published(unpacked)),
    ...(await typed(tarball)),
    ...linked(unpacked),
    ...(await sized(unpacked)),
    ...(await bundled(root)),
    ...onJsr(),
  ]
  for (const complaint of wrong) console.error(complaint)
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
