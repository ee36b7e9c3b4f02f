/**
 * A program as it is typed, made ready to be run: types are taken away, and what it imports becomes addresses of this site. Lines stay
 * where they are, so that an error's line is that of the editor. Nothing here knows the page.
 */
import { parser } from '@lezer/javascript'
import * as E from 'fp-ts/lib/Either.js'
import { transform } from 'sucrase'
import { describeFailure, ExptiltError, usage } from '../lib/errors.ts'
import { MODULES } from './modules.ts'

/** What is wrong, in a sentence, and where. */
export interface Complaint {
  readonly sentence: string
  readonly line?: number
}

/** A name that is imported by a module's name, and the line of it. */
export interface Imported {
  readonly module: string
  readonly names: readonly string[]
  readonly line: number
}

/** A program that a browser runs, once each module has an address. */
export interface Ready {
  readonly imports: readonly Imported[]
  readonly code: (addressOf: (module: string) => string) => string
}

/** The longest program, in characters. */
const LONGEST = 200_000

/** The name by which errors know the program. */
const FILE = 'program.ts'

const lineAt = (text: string, position: number): number => text.slice(0, position).split('\n').length

const complaint = (what: string, remedy: string, line?: number): Complaint => ({
  sentence: describeFailure(usage(line === undefined ? what : `line ${line}: ${what}`, remedy)),
  ...(line === undefined ? {} : { line }),
})

const stripped = (source: string): E.Either<Complaint, string> =>
  E.tryCatch(
    () => transform(source, { transforms: ['typescript'], disableESTransforms: true }).code,
    (thrown) => {
      const message = thrown instanceof Error ? thrown.message : String(thrown)
      const [, what = message, line] = /^(?:Error transforming .*?: )?(.*?)(?: \((\d+):\d+\))?$/su.exec(message) ?? []
      return complaint(what, 'write it as TypeScript has it', line === undefined ? undefined : Number(line))
    },
  )

/** A module's name in the text: where its quotes stand, and what is imported of it. */
interface Mention extends Imported {
  readonly from: number
  readonly to: number
}

const mentionsIn = (code: string): readonly Mention[] => {
  const found: Mention[] = []
  parser.parse(code).iterate({
    enter: ({ name, node, from }) => {
      if (!['ImportDeclaration', 'ExportDeclaration', 'DynamicImport'].includes(name)) return
      const text = (name === 'DynamicImport' ? node.parent : node)?.getChild('String') ?? node.getChild('String')
      if (text === null || text.from < from) return
      const group = name === 'ImportDeclaration' ? node.getChild('ImportGroup') : null
      const written = group === null ? '' : code.slice(group.from + 1, group.to - 1)
      const names = written.split(',').map((part) => part.trim().replace(/\s+as\s.*$/su, ''))
      found.push({
        module: code.slice(text.from + 1, text.to - 1),
        names: names.filter((each) => each !== ''),
        line: lineAt(code, from),
        from: text.from,
        to: text.to,
      })
    },
  })
  return found
}

/** The program, ready to be run; a complaint where it is none, or imports what is not here. */
export const prepareProgram = (source: string): E.Either<Complaint, Ready> => {
  if (source.length > LONGEST)
    return E.left(complaint(`the program has ${source.length} characters`, `write at most ${LONGEST}`))
  const plain = stripped(source)
  if (E.isLeft(plain)) return plain
  const mentions = mentionsIn(plain.right)
  const strange = mentions.find(({ module }) => MODULES[module] === undefined)
  if (strange !== undefined)
    return E.left(
      complaint(
        `'${strange.module}' is not in this page`,
        `import of ${Object.keys(MODULES).join(', ')}`,
        strange.line,
      ),
    )
  return E.right({
    imports: mentions,
    code: (addressOf) => {
      const parts = mentions.map(({ module, from }, i) => [
        plain.right.slice(mentions[i - 1]?.to ?? 0, from),
        JSON.stringify(addressOf(module)),
      ])
      return `${parts.flat().join('')}${plain.right.slice(mentions.at(-1)?.to ?? 0)}\n//# sourceURL=${FILE}`
    },
  })
}

/** What a module lacks of what is imported from it; undefined where it has all. */
export const missingName = (
  { module, names, line }: Imported,
  has: (name: string) => boolean,
): Complaint | undefined => {
  const missing = names.find((name) => !has(name))
  return missing === undefined
    ? undefined
    : complaint(
        `${module} has no ${missing}`,
        'look it up in the reference, or press Ctrl and Space for what there is',
        line,
      )
}

/** What a program threw: its sentence, and the line of the program that was last passed. */
export const complaintOf = (thrown: unknown): Complaint => {
  if (!(thrown instanceof Error)) return { sentence: `thrown: ${String(thrown)}` }
  const [, line] = new RegExp(`${FILE.replace('.', '\\.')}:(\\d+)`, 'u').exec(thrown.stack ?? '') ?? []
  const said = thrown instanceof ExptiltError ? thrown.message : `${thrown.name}: ${thrown.message}`
  return line === undefined ? { sentence: said } : { sentence: `line ${line}: ${said}`, line: Number(line) }
}
