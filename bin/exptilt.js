#!/usr/bin/env node
/**
 * The command line. An installed package runs its build; a checkout runs the sources through tsx, unless a build is
 * there that is newer than every source file.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const built = new URL('../dist/cli/main.js', import.meta.url)
const source = new URL('../lib/cli/main.ts', import.meta.url)
const sources = new URL('../lib/', import.meta.url)
const checkout = new URL('../tsconfig.json', import.meta.url)

const modified = (url) => statSync(url).mtimeMs

const newestSource = () =>
  Math.max(
    ...readdirSync(sources, { recursive: true })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => modified(new URL(name, sources))),
  )

const buildIsFresh = () => existsSync(built) && (!existsSync(checkout) || modified(built) > newestSource())

const load = async () => {
  if (buildIsFresh()) return import(built.href)
  const { register } = await import('tsx/esm/api')
  register({ tsconfig: fileURLToPath(checkout) })
  return import(source.href)
}

const { main } = await load()
process.exitCode = await main(process.argv.slice(2))
