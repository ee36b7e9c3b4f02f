#!/usr/bin/env node
/**
 * The command line. An installed package runs its build; a checkout runs the sources through tsx, unless a build is
 * there that is newer than every source file.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = new URL('../dist/cli/main.js', import.meta.url)
const source = new URL('../lib/cli/main.ts', import.meta.url)
const sources = new URL('../lib/', import.meta.url)
const checkout = new URL('../tsconfig.json', import.meta.url)

const modified = (url) => statSync(url).mtimeMs

const changedSince = (time) =>
  readdirSync(sources, { recursive: true }).some(
    (name) => name.endsWith('.ts') && modified(new URL(name, sources)) >= time,
  )

const buildIsFresh = () => existsSync(built) && (!existsSync(checkout) || !changedSince(modified(built)))

const load = async () => {
  if (buildIsFresh()) return import(built.href)
  const { register } = await import('tsx/esm/api')
  register({ tsconfig: fileURLToPath(checkout) })
  return import(source.href)
}

/** What a package that was left out (`--omit=optional`) is called; undefined for any other error. */
const absentPackage = (thrown) =>
  thrown?.code === 'ERR_MODULE_NOT_FOUND' ? /^Cannot find package '([^']+)'/.exec(thrown.message)?.[1] : undefined

/** Says which package is missing, and the command that brings all that the command line needs. */
const sayAbsent = (name) => {
  const { optionalDependencies } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const wanted = Object.keys(optionalDependencies).map((each) => `${each}@${optionalDependencies[each]}`)
  process.stderr.write(`the command line needs ${name}, which is not installed: run npm install ${wanted.join(' ')}.\n`)
}

try {
  const { main } = await load()
  process.exitCode = await main(process.argv.slice(2))
} catch (thrown) {
  const name = absentPackage(thrown)
  if (name === undefined) throw thrown
  sayAbsent(name)
  process.exitCode = 2
}
