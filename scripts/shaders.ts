/**
 * Reflects every file of `shaders/` into `lib/generated/shaders.ts`: text, bindings, overrides, entry point and the
 * layout of `struct Params`, all as literal types, so that binding a wrong name does not compile.
 *
 * `tsx scripts/shaders.ts` writes the module; `tsx scripts/shaders.ts --check` only says whether it is stale (exit 1).
 *
 * A *body* is a file with an entry point, named like the file; any other file is a *prelude*. A body's preludes are
 * found from the names that it uses; where several preludes define one name (the semirings do), the first is the
 * default and all are listed. A header line `// Preludes: real | log, pointwise` overrides the search.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type TypeInfo, WgslReflect } from 'wgsl_reflect/wgsl_reflect.module.js'

/** A `.wgsl` file: its name without the ending, and its text. */
export interface ShaderFile {
  readonly name: string
  readonly text: string
}

/** What the generated module records of a body. */
interface Reflection {
  readonly entryPoint: string
  readonly workgroupSize: readonly string[]
  readonly enables: readonly string[]
  readonly preludes: readonly (readonly string[])[]
  readonly bindings: readonly { readonly name: string; readonly access: string; readonly type: string }[]
  readonly overrides: Readonly<Record<string, string>>
  readonly params: Readonly<Record<string, { readonly type: string; readonly offset: number }>>
  readonly paramsBytes: number
  readonly text: string
}

const fail = (file: ShaderFile, what: string): never => {
  throw new Error(`shaders/${file.name}.wgsl: ${what}`)
}

const stripComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')

/** Whether a file has an entry point. */
export const isBody = (file: ShaderFile): boolean => /@compute\b/.test(stripComments(file.text))

const DECLARATION = /\b(?:fn|alias|struct|const|override|var(?:<[^>]*>)?)\s+([A-Za-z_]\w*)/g

const topLevel = (text: string): string => {
  let depth = 0
  let out = ''
  for (const c of stripComments(text)) {
    if (c === '}') depth--
    if (depth === 0) out += c
    if (c === '{') depth++
  }
  return out
}

/** The text with every function's body emptied: what reflection needs, and all of it that the parser must read. */
const skeleton = (text: string): string => {
  const bare = stripComments(text).replace(/^\s*(enable|requires|diagnostic)\b[^;]*;/gm, '')
  let out = ''
  let depth = 0
  let inFunction = false
  for (const c of bare) {
    if (c === '{' && depth++ === 0) inFunction = /\bfn\s[^{};]*(\([^;{}]*)?$/.test(out)
    if (c === '}') depth--
    if (!inFunction || depth === 0 || (c === '{' && depth === 1)) out += c
  }
  return out
}

const declared = (text: string): ReadonlySet<string> =>
  new Set([...topLevel(text).matchAll(DECLARATION)].map((m) => m[1] ?? ''))

/** Names that a text takes from outside: not those of its own variables, parameters and members. */
const used = (text: string): ReadonlySet<string> => {
  const bare = stripComments(text).replace(/\.\s*[A-Za-z_]\w*/g, '.')
  const own = [
    ...bare.matchAll(/\b(?:let|const|override|var(?:<[^>]*>)?)\s+([A-Za-z_]\w*)/g),
    ...bare.matchAll(/([A-Za-z_]\w*)\s*:/g),
  ]
  const names = new Set(bare.match(/[A-Za-z_]\w*/g) ?? [])
  for (const [, name = ''] of own) names.delete(name)
  return names
}

/** The preludes that a text needs, each with its alternatives (the default first), found by the names that it uses. */
const deducePreludes = (file: ShaderFile, preludes: readonly ShaderFile[]): readonly (readonly string[])[] => {
  const choices: string[][] = []
  const queue = [file.text]
  const known = new Set<string>()
  for (let text = queue.shift(); text !== undefined; text = queue.shift()) {
    for (const name of declared(text)) known.add(name)
    for (const name of used(text)) {
      if (known.has(name)) continue
      const candidates = preludes.filter((p) => p.name !== file.name && declared(p.text).has(name))
      if (candidates[0] === undefined || choices.some((c) => candidates.some((p) => c.includes(p.name)))) continue
      choices.push(candidates.map((p) => p.name))
      for (const own of declared(candidates[0].text)) known.add(own)
      queue.push(candidates[0].text)
    }
  }
  return choices
}

const statedPreludes = (file: ShaderFile): readonly (readonly string[])[] | undefined => {
  const line = /^\/\/\s*Preludes:\s*(.*)$/m.exec(file.text)?.[1]?.trim().replace(/\.$/, '')
  if (line === undefined) return undefined
  const parts = line.split(',').map((part) => part.split('|').map((name) => name.trim().replace(/\.wgsl$/, '')))
  return line === '' || line === 'none' ? [] : parts
}

const preludesOf = (file: ShaderFile, preludes: readonly ShaderFile[]): readonly (readonly string[])[] => {
  const choices = statedPreludes(file) ?? deducePreludes(file, preludes)
  for (const name of choices.flat()) {
    if (!preludes.some((p) => p.name === name)) fail(file, `its header names the prelude "${name}", which is no file`)
  }
  return choices
}

const enablesOf = (text: string): readonly string[] =>
  [...stripComments(text).matchAll(/^\s*enable\s+([^;]+);/gm)].flatMap((m) =>
    (m[1] ?? '').split(',').map((part) => part.trim()),
  )

const spell = (type: TypeInfo): string => type.getTypeName().replace(/\s+/g, '').replace(/,0>/g, '>')

/** Reflects one body, joined with the default choice of each prelude. */
const reflectBody = (file: ShaderFile, preludes: readonly ShaderFile[]): Reflection => {
  const choices = preludesOf(file, preludes)
  const texts = choices.map((c) => preludes.find((p) => p.name === c[0])?.text ?? '')
  const reflect = new WgslReflect([...texts, file.text].map(skeleton).join('\n'))
  const entry = reflect.entry.compute[0] ?? fail(file, 'no compute entry point')
  if (entry.name !== file.name) fail(file, `its entry point is "${entry.name}"; name it like the file`)
  const storage = [...reflect.storage].sort((a, b) => a.binding - b.binding)
  const uniform = reflect.uniforms[0]
  const members = uniform?.members ?? []
  storage.forEach((v, i) => {
    if (v.group !== 0 || v.binding !== i) fail(file, `binding "${v.name}" must be @group(0) @binding(${i})`)
  })
  if (uniform !== undefined && (uniform.binding !== storage.length || uniform.name !== 'params')) {
    fail(file, `the uniform must be "params" at @binding(${storage.length})`)
  }
  const firstOutput = storage.findIndex((v) => v.access === 'read_write')
  if (storage.slice(firstOutput < 0 ? storage.length : firstOutput).some((v) => v.access !== 'read_write')) {
    fail(file, 'inputs (read) must come before outputs (read_write)')
  }
  return {
    entryPoint: entry.name,
    workgroupSize: [0, 1, 2].map((i) => String(entry.workgroupSize?.[i] ?? 1)),
    enables: enablesOf([...texts, file.text].join('\n')),
    preludes: choices,
    bindings: storage.map((v) => ({ name: v.name, access: v.access || 'read', type: spell(v.type) })),
    overrides: Object.fromEntries(reflect.overrides.map((o) => [o.name, o.type === null ? 'f32' : spell(o.type)])),
    params: Object.fromEntries(members.map((m) => [m.name, { type: spell(m.type), offset: m.offset }])),
    paramsBytes: uniform === undefined ? 0 : Math.ceil(uniform.size / 16) * 16,
    text: file.text,
  }
}

const templateLiteral = (text: string): string =>
  `\`${text.replace(/\\/g, '\\\\').replace(/`/g, '\\`').replace(/\$\{/g, '\\${')}\``

const oneLine = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(JSON.stringify(value)).replace(/"/g, "'")
  const fields = Object.entries(value).map(([key, field]) => `${key}: ${oneLine(field)}`)
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`
}

/** A literal in the formatter's style: on one line where it fits, else one entry a line. */
const literal = (value: unknown, room: number, indent: string): string => {
  const line = oneLine(value)
  if (line.length <= room || typeof value !== 'object' || value === null) return line
  const entries = Array.isArray(value)
    ? value.map(oneLine)
    : Object.entries(value).map(([key, field]) => `${key}: ${oneLine(field)}`)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  return `${open}\n${entries.map((e) => `${indent}  ${e},\n`).join('')}${indent}${close}`
}

const printBody = (name: string, { text, ...facts }: Reflection): string => {
  const lines = Object.entries(facts).map(([key, value]) => `    ${key}: ${literal(value, 113 - key.length, '    ')},`)
  return `  ${name}: {\n${lines.join('\n')}\n    text: ${templateLiteral(text)},\n  },`
}

const HEADER = `/**
 * Made from \`shaders/*.wgsl\` by \`scripts/shaders.ts\`; change those files and run it again.
 */
`

/** The text of the generated module. */
export const generate = (files: readonly ShaderFile[]): string => {
  const preludes = files.filter((f) => !isBody(f))
  const bodies = files.filter(isBody).map((f) => printBody(f.name, reflectBody(f, preludes)))
  const texts = preludes.map((p) => `  ${p.name}: ${templateLiteral(p.text)},`)
  return `${HEADER}
/** The bodies: every file with an entry point. */
export const SHADERS = {
${bodies.join('\n')}
} as const

/** The preludes: whole files that are joined before a body. */
export const PRELUDES = {
${texts.join('\n')}
} as const
`
}

/** Every file of `shaders/`, sorted by name. */
export const readShaders = (folder: URL): readonly ShaderFile[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.wgsl'))
    .sort()
    .map((file) => ({ name: file.slice(0, -5), text: readFileSync(new URL(file, folder), 'utf8') }))

/** The folder of the `.wgsl` files. */
export const SHADER_FOLDER: URL = new URL('../shaders/', import.meta.url)

/** The file of the generated module. */
export const GENERATED: URL = new URL('../lib/generated/shaders.ts', import.meta.url)

const main = (): void => {
  const text = generate(readShaders(SHADER_FOLDER))
  if (!process.argv.includes('--check')) return writeFileSync(GENERATED, text)
  if (readFileSync(GENERATED, 'utf8') === text) return
  console.error('lib/generated/shaders.ts is stale: run `npx tsx scripts/shaders.ts`')
  process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
