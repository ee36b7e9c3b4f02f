/**
 * The masks of XGrammar (compiled to WebAssembly, `@mlc-ai/web-xgrammar`) along texts of the same schema and vocabulary. It computes
 * much of them while it compiles, whose time is a fact. Times are for one mask, the call's own cost included.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { compileFunction, constants } from 'node:vm'
import { fineUniforms } from '../../lib/energy/uniform.ts'
import { key } from '../../lib/key.ts'
import { textOf } from '../../lib/tilt/model.ts'
import { numberIn, type Task } from '../clock.ts'
import { madeUpSchema, madeUpVocabulary } from '../vocabulary.ts'

const PACKAGE = '@mlc-ai/web-xgrammar'

interface Matcher {
  readonly getNextTokenBitmask: () => Promise<Int32Array>
  readonly acceptToken: (token: number) => boolean
  readonly isTerminated: () => boolean
  readonly reset: () => void
}

/** What is used of the package. */
interface Package {
  readonly TokenizerInfo: {
    readonly createTokenizerInfo: (
      texts: readonly string[],
      kind: string,
      space: boolean,
      size: number,
      ends: readonly number[],
    ) => Promise<object>
  }
  readonly GrammarCompiler: {
    readonly createGrammarCompiler: (tokenizer: object) => Promise<{
      readonly compileJSONSchema: (
        schema: string,
        anyWhitespace: boolean,
        indent: undefined,
        separators: readonly [string, string],
      ) => Promise<object>
    }>
  }
  readonly GrammarMatcher: { readonly createGrammarMatcher: (compiled: object) => Promise<Matcher> }
}

const isPackage = (found: unknown): found is Package =>
  typeof found === 'object' && found !== null && 'GrammarMatcher' in found && 'TokenizerInfo' in found

/** Its file is a CommonJS module in a package that says it has none, which Node can neither import nor require. */
const load = (): Package => {
  const require = createRequire(import.meta.url)
  const module: { readonly exports: unknown } = { exports: {} }
  try {
    const file = require.resolve(PACKAGE)
    const names = ['module', 'exports', 'require', '__filename', '__dirname']
    const options = { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER }
    Reflect.apply(compileFunction(readFileSync(file, 'utf8'), names, options), undefined, [
      module,
      module.exports,
      require,
      file,
      dirname(file),
    ])
  } catch {
    // Said below.
  }
  if (!isPackage(module.exports)) throw new Error(`${PACKAGE} is not installed: npm install --no-save ${PACKAGE}`)
  return module.exports
}

/** Tokens that a mask allows. */
const allowedIn = (mask: Int32Array, count: number): readonly number[] =>
  Array.from({ length: count }, (_, v) => v).filter((v) => (((mask[v >> 5] ?? 0) >> (v & 31)) & 1) === 1)

/** Settings: `tokens`, `properties`, `states` (masks asked for), `known` ('yes': along texts that were walked before). */
export const measure: Task = async (settings) => {
  const [count, masks] = [numberIn(settings, 'tokens'), numberIn(settings, 'states')]
  const { TokenizerInfo, GrammarCompiler, GrammarMatcher } = load()
  const texts = madeUpVocabulary(count).map((_, v, all) => textOf(all, [v]))
  const tokenizer = await TokenizerInfo.createTokenizerInfo(texts, 'raw', false, count, [count - 1])
  const compiler = await GrammarCompiler.createGrammarCompiler(tokenizer)
  const schema = JSON.stringify(madeUpSchema(numberIn(settings, 'properties')))
  const begun = performance.now()
  const compiled = await compiler.compileJSONSchema(schema, false, undefined, [',', ':'])
  const compilation = performance.now() - begun
  const uniforms = fineUniforms(key(5), masks)
  let allowed = 0
  /** The times of masks along texts drawn uniformly from what they allow. */
  const walk = async (): Promise<readonly number[]> => {
    const times: number[] = []
    const matcher = await GrammarMatcher.createGrammarMatcher(compiled)
    for (let i = 0; i < masks; i++) {
      const start = performance.now()
      const mask = await matcher.getNextTokenBitmask()
      times.push(performance.now() - start)
      const tokens = allowedIn(mask, count)
      allowed += tokens.length
      matcher.acceptToken(tokens[Math.floor((uniforms[i] ?? 0) * tokens.length)] ?? count - 1)
      if (matcher.isTerminated()) matcher.reset()
    }
    return times
  }
  const first = await walk()
  const times = [...(settings['known'] === 'yes' ? await walk() : first)].sort((a, b) => a - b)
  const place = (share: number): string => ((times[Math.floor(share * (times.length - 1))] ?? 0) * 1000).toFixed(1)
  const facts = {
    masks: times.length,
    allowed: Math.round(allowed / times.length),
    'median (µs)': place(0.5),
    '95 % (µs)': place(0.95),
    'compiled in (ms)': compilation.toFixed(0),
  }
  return { times, facts }
}
