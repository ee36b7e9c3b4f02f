/** The package as `npm publish` would send it, for scripts that try it. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { markdownExamples } from './documentation.ts'

/** The root of the project. */
export const root: string = fileURLToPath(new URL('..', import.meta.url))

/** The built module of a source file, below the root. */
export const builtModule = (path: string): string => path.replace(/^lib\/(.*)\.ts$/, 'dist/$1.js')

/** What an entry of the package is called among the files that Node loads (`dist/bundle`). */
export const bundleName = (entry: string): string => (entry === 'exptilt' ? 'index' : entry.replace('exptilt/', ''))

/** README's programs: a tilt, and a gradient. */
export const readmePrograms = (): readonly [tilt: string, slope: string] => {
  const [tilt, slope] = markdownExamples('README.md', readFileSync(join(root, 'README.md'), 'utf8'))
  if (tilt === undefined || slope === undefined) throw new Error('README.md has not two programs')
  return [tilt.code, slope.code]
}

/** Builds, unless `--built` says that `dist` is as it should be, and packs into a folder: the path of the tarball. */
export const pack = (folder: string): string => {
  if (!process.argv.includes('--built'))
    execFileSync('npm', ['run', 'build', '--silent'], { cwd: root, stdio: 'inherit' })
  const told = execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], {
    cwd: root,
  })
  return join(folder, told.toString().trim().split('\n').at(-1) ?? '')
}
