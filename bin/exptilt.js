#!/usr/bin/env node
/**
 * The command line. An installed package runs its build. A checkout runs the sources: as they are where Node reads TypeScript, else
 * through tsx, unless a build is there that is newer than every source file. What Node has compiled it keeps (from 22.1 on).
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import * as module from 'node:module'
import { checkout, fromSources, readsTypes } from './sources.js'

const built = new URL('../dist/cli/main.js', import.meta.url)
const source = new URL('../lib/cli/main.ts', import.meta.url)
const sources = new URL('../lib/', import.meta.url)

const modified = (url) => statSync(url).mtimeMs

const changedSince = (time) =>
  readdirSync(sources, { recursive: true }).some(
    (name) => name.endsWith('.ts') && modified(new URL(name, sources)) >= time,
  )

const buildIsFresh = () => existsSync(built) && !changedSince(modified(built))

const UNBUILT =
  'this package was packed without its build: pack it again with npm pack --ignore-scripts=false, and install that.\n'

const unbuilt = () => {
  process.stderr.write(UNBUILT)
  return 2
}

const load = () => {
  module.enableCompileCache?.()
  const installed = !existsSync(checkout)
  if (installed && !existsSync(built)) return { main: unbuilt }
  const runsBuild = installed || (!readsTypes && buildIsFresh())
  return runsBuild ? import(built.href) : fromSources(source)
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
