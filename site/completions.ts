/** What may stand where the cursor is: modules in quotes, names of a module in its braces, of a namespace after its point, of the root elsewhere. */
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { syntaxTree } from '@codemirror/language'
import type { EditorState } from '@codemirror/state'
import type { EditorView } from '@codemirror/view'
import type { Name, names } from 'exptilt-site/names'
import { element } from './dom.ts'
import { MODULES } from './modules.ts'

type Names = typeof names

const TYPES: Readonly<Record<Name['kind'], string>> = { value: 'function', type: 'type', namespace: 'namespace' }

/** Beside a completion: its declaration, and a sentence. */
const infoOf =
  ({ signature, about }: Name) =>
  (): HTMLElement =>
    element('div', { class: 'info' }, element('code', {}, signature), element('p', {}, about))

const completionOf = (found: Name): Completion => ({ label: found.name, type: TYPES[found.kind], info: infoOf(found) })

const IMPORT = /^import \{([^}]*)\} from 'exptilt'$/mu

/** The change that imports a name of the root, where it is not imported yet. */
const importOf = (text: string, name: string): readonly { readonly from: number; readonly insert: string }[] => {
  if ([...text.matchAll(/^import ([^'"]*) from/gmu)].some(([, given = '']) => given.split(/[\s,{}]+/u).includes(name)))
    return []
  const found = IMPORT.exec(text)
  if (found !== null) return [{ from: found.index + 'import { '.length, insert: `${name}, ` }]
  const comment = /^\s*\/\*[\s\S]*?\*\/\n?/u.exec(text)
  return [{ from: comment === null ? 0 : comment[0].length, insert: `import { ${name} } from 'exptilt'\n` }]
}

/** A name of the root, and its import with it. */
const importing = (found: Name): Completion => ({
  ...completionOf(found),
  apply: (view: EditorView, _: Completion, from: number, to: number) => {
    const changes = found.kind === 'type' ? [] : importOf(view.state.doc.toString(), found.name)
    view.dispatch({ changes: [...changes, { from, to, insert: found.name }], userEvent: 'input.complete' })
  },
})

/** The module whose names stand in the braces at a position. */
const moduleAround = (state: EditorState, position: number): string | undefined => {
  for (let node = syntaxTree(state).resolveInner(position, -1); ; ) {
    if (node.name === 'ImportGroup') {
      const text = node.parent?.getChild('String')
      return text === undefined || text === null ? 'exptilt' : state.sliceDoc(text.from + 1, text.to - 1)
    }
    if (node.parent === null) return undefined
    node = node.parent
  }
}

/** The names of a namespace: one of the root, or a whole module under a name of one's own. */
const membersOf = (all: Names, text: string, space: string): readonly Name[] | undefined => {
  const [, module] = new RegExp(`import \\* as ${space} from '([^']+)'`, 'u').exec(text) ?? []
  return module === undefined ? all[`exptilt.${space}`] : all[module]
}

/** Completions from these names. */
export const completer =
  (all: Names) =>
  (context: CompletionContext): CompletionResult | null => {
    const { state, pos } = context
    const line = state.doc.lineAt(pos)
    const before = line.text.slice(0, pos - line.from)
    const quoted = /(?:from|import)\s*\(?\s*['"]([^'"]*)$/u.exec(before)
    if (quoted !== null)
      return {
        from: pos - (quoted[1] ?? '').length,
        options: Object.keys(MODULES).map((label) => ({ label, type: 'namespace' })),
      }
    if (/String|Comment|Template/u.test(syntaxTree(state).resolveInner(pos, -1).name)) return null
    const word = context.matchBefore(/[\w$]*/u)
    const from = word?.from ?? pos
    const module = moduleAround(state, pos)
    if (module !== undefined) return { from, options: (all[module] ?? []).map(completionOf), validFor: /^[\w$]*$/u }
    const [, space] = /([\w$]+)\.[\w$]*$/u.exec(before) ?? []
    if (space !== undefined) {
      const members = membersOf(all, state.doc.toString(), space)
      return members === undefined ? null : { from, options: members.map(completionOf), validFor: /^[\w$]*$/u }
    }
    return from === pos && !context.explicit
      ? null
      : { from, options: (all['exptilt'] ?? []).map(importing), validFor: /^[\w$]*$/u }
  }
