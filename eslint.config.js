/**
 * Lint: TypeScript's strict, type-checked rules; immutability from eslint-plugin-functional; and fp-ts's one rule that
 * matters most, `no-discarded-pure-expression` (an effect built and never run).
 *
 * A loop with a local `let` over a fresh typed array is pure and clear, so loops and local mutation are allowed.
 * Casts are allowed in lib/phantom.ts only, and no comment can switch a rule off.
 */
import functional from 'eslint-plugin-functional'
import fpts from 'eslint-plugin-fp-ts'
import tseslint from 'typescript-eslint'
import { noDefaultBehindIndex } from './eslint-rules.js'

/** What TypeScript's rules say beyond their strict preset. */
const typescriptRules = {
  '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
  '@typescript-eslint/no-confusing-void-expression': [
    'error',
    { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
  ],
  // Words are spread into their letters everywhere.
  '@typescript-eslint/no-misused-spread': 'off',
  '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: 'only-allowed-literals' }],
  // An invariant phantom axis is mentioned once and still checked.
  '@typescript-eslint/no-unnecessary-type-parameters': 'off',
  '@typescript-eslint/no-unnecessary-type-conversion': 'off',
  '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
  '@typescript-eslint/require-await': 'off',
  '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
  '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
  '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true }],
}

/** The core rules that a functional numerical library wants. */
const coreRules = {
  eqeqeq: 'error',
  'no-console': 'error',
  'no-constant-binary-expression': 'error',
  'no-debugger': 'error',
  'no-fallthrough': 'error',
  'no-param-reassign': 'error',
  'no-self-compare': 'error',
  'no-sparse-arrays': 'error',
  'no-unused-labels': 'error',
  'no-useless-catch': 'error',
  'no-var': 'error',
  'prefer-const': 'error',
  'no-restricted-properties': [
    'error',
    { object: 'Math', property: 'random', message: 'Draw from a Key (lib/key.ts).' },
  ],
  'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
}

/** Immutability, and effects that cannot be lost. */
const functionalRules = {
  'functional/no-let': ['error', { allowInForLoopInit: true, allowInFunctions: true }],
  'functional/no-classes': ['error', { ignoreIdentifierPattern: 'Error$' }],
  'functional/no-throw-statements': 'error',
  'functional/prefer-property-signatures': 'error',
  'functional/prefer-readonly-type': [
    'error',
    { allowLocalMutation: true, allowMutableReturnType: true, ignoreCollections: true },
  ],
  'fp-ts/no-discarded-pure-expression': 'error',
}

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/',
      '**/.*',
      'dist/',
      'runs/',
      'data/',
      'lib/generated/',
      'specs/types/negative/',
      'specs/fixtures/',
      'specs/portable/',
    ],
  },
  { linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    plugins: { functional, 'fp-ts': fpts },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: { ...typescriptRules, ...coreRules, ...functionalRules },
  },
  {
    // An index that must exist throws when it does not.
    files: ['lib/**'],
    ignores: ['lib/at.ts'],
    plugins: { exptilt: { rules: { 'no-default-behind-index': noDefaultBehindIndex } } },
    rules: { 'exptilt/no-default-behind-index': 'error' },
  },
  {
    // What does not fit on a screen is several things.
    files: ['lib/**'],
    rules: { 'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true, IIFEs: true }] },
  },
  {
    files: ['lib/phantom.ts'],
    rules: { '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'as' }] },
  },
  {
    // A prepared program is bivariant in its names: one of known names is one of any names. Hence methods.
    files: ['lib/executor.ts', 'lib/train/stepper.ts'],
    rules: {
      'functional/prefer-property-signatures': 'off',
      '@typescript-eslint/no-invalid-void-type': ['error', { allowAsThisParameter: true }],
    },
  },
  {
    // The counters of the intern table; operations are bivariant in their attributes, hence methods.
    files: ['lib/expr.ts'],
    rules: {
      'functional/no-let': 'off',
      'functional/prefer-property-signatures': 'off',
      'functional/prefer-readonly-type': 'off',
    },
  },
  {
    // The two places that throw: a programmer's error, and the early end of an effect.
    files: ['lib/errors.ts', 'lib/effect.ts'],
    rules: { 'functional/no-throw-statements': 'off', 'functional/no-classes': 'off' },
  },
  {
    // Programs and tests print, throw, and run loops at their top level.
    files: ['specs/**', 'scripts/**', 'examples/**', 'bench/**'],
    rules: {
      'functional/no-let': 'off',
      // Vitest asks for a class.
      'functional/no-classes': ['error', { ignoreIdentifierPattern: '(Error|Sequencer)$' }],
      'functional/no-throw-statements': 'off',
      'functional/prefer-readonly-type': 'off',
      'no-console': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  { files: ['**/*.js'], rules: coreRules },
)
