/**
 * What Node loads of a build: the entries of the package, with the packages that they always need, in a few files (`dist/bundle`). Of
 * several hundred modules it is the loading that takes the time. `npm run build` runs it on `dist`; other runtimes and bundlers take
 * the modules of `dist` one by one, and leave out what they do not use.
 */
import { join } from 'node:path'
import { build, type Plugin } from 'esbuild'
import { builtModule, bundleName, root } from './packed.ts'
import { entries } from './public-names.ts'

/** Packages that are always needed and many modules, or CommonJS; all others stay outside. */
const INSIDE = /^(fp-ts|io-ts|refa|@eslint-community\/regexpp)(\/|$)/

const packages: Plugin = {
  name: 'packages',
  setup: ({ onResolve, resolve }) => {
    // The same functions as ES modules, of which only those that are used go in.
    onResolve({ filter: /^fp-ts\/lib\// }, ({ path, kind, resolveDir }) =>
      resolve(path.replace('/lib/', '/es6/'), { kind, resolveDir }),
    )
    onResolve({ filter: /^[^./]/ }, ({ path }) => (INSIDE.test(path) ? undefined : { path, external: true }))
  },
}

await build({
  entryPoints: entries.map(([entry, path]) => ({
    in: join(root, builtModule(path)),
    out: bundleName(entry),
  })),
  outdir: join(root, 'dist/bundle'),
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.10',
  mainFields: ['module', 'main'],
  logLevel: 'warning',
  plugins: [packages],
})
