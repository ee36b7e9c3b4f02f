/** What a program of the editor may import: names of modules as it writes them, and what is bundled for each. */

/** Sources by the name of the module; the package's own from the project's root. */
export const MODULES: Readonly<Record<string, string>> = {
  exptilt: 'lib/index.ts',
  'exptilt/automata': 'lib/automata/index.ts',
  'exptilt/energy': 'lib/energy/index.ts',
  'exptilt/models': 'lib/models/index.ts',
  'exptilt/tilt': 'lib/tilt/index.ts',
  'exptilt/systems': 'lib/systems/index.ts',
  'exptilt/laws': 'lib/laws/index.ts',
  'fast-check': 'fast-check',
  'fp-ts/lib/Either.js': 'fp-ts/lib/Either.js',
  'fp-ts/lib/TaskEither.js': 'fp-ts/lib/TaskEither.js',
  'fp-ts/lib/function.js': 'fp-ts/lib/function.js',
}

/** Where the site has a module, from its root. */
export const moduleUrl = (name: string): string => `modules/${name.replace(/\.js$/u, '')}.js`

/** Names the editor's own styles to the page's policy. */
export const STYLE_NONCE = 'codemirror'
