/**
 * What is used of @huggingface/tokenizers. Its own declarations import files without an extension, which this project's
 * module resolution does not find, so the package is loaded by name behind the types below.
 */
import { createRequire } from 'node:module'
import { failure, raise } from '../errors.ts'

/** A tokenizer of the package. */
interface HuggingFaceTokenizer {
  readonly encode: (
    text: string,
    options?: { readonly add_special_tokens?: boolean },
  ) => { readonly ids: readonly number[] }
  readonly decode: (ids: readonly number[], options?: { readonly skip_special_tokens?: boolean }) => string
  readonly get_vocab: (withAddedTokens?: boolean) => ReadonlyMap<string, number>
}

interface Package {
  readonly Tokenizer: new (tokenizer: unknown, config: unknown) => HuggingFaceTokenizer
}

const isPackage = (module: unknown): module is Package =>
  typeof module === 'object' && module !== null && 'Tokenizer' in module && typeof module.Tokenizer === 'function'

const PACKAGE = '@huggingface/tokenizers'

const load = (): Package => {
  const module: unknown = createRequire(import.meta.url)(PACKAGE)
  return isPackage(module)
    ? module
    : raise(failure('Runtime', `${PACKAGE} exports no Tokenizer`, `install ${PACKAGE} 0.2`, { package: PACKAGE }))
}

/** The package's tokenizer for the object of a `tokenizer.json`. Throws what the package throws when it cannot read it. */
export const huggingFace = (tokenizer: unknown): HuggingFaceTokenizer => new (load().Tokenizer)(tokenizer, {})
