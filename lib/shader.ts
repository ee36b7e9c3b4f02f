/**
 * Shader modules: preludes and one body joined in order, with a map from lines back to files, the bytes of a `Params`
 * record, and the key under which a pipeline is cached. Everything here is pure; `lib/device` compiles.
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, field } from './at.ts'
import { type Failure, failure } from './errors.ts'
import { PRELUDES, SHADERS } from './generated/shaders.ts'

/** A file of `shaders/` with an entry point. */
type ShaderName = keyof typeof SHADERS

/** A file of `shaders/` that is joined before a body. */
type PreludeName = keyof typeof PRELUDES

/** How a body uses a storage buffer. */
type Access = 'read' | 'read_write'

/** What is known of a body: of a file of `shaders/` by reflection, of a generated one by construction. */
export interface ShaderBody {
  readonly entryPoint: string
  readonly bindings: readonly { readonly name: string; readonly access: Access }[]
  readonly params: Readonly<Record<string, { readonly type: string; readonly offset: number }>>
  readonly paramsBytes: number
  readonly text: string
}

const isShaderName = (name: string): name is ShaderName => Object.hasOwn(SHADERS, name)
const isPreludeName = (name: string): name is PreludeName => Object.hasOwn(PRELUDES, name)

const unknownFile = (name: string): Failure =>
  failure('ShaderCompilation', `there is no shader '${name}'`, 'use a file of shaders/ and run scripts/shaders.ts', {
    shader: name,
  })

/** The body of this name; `ShaderCompilation` when there is no such file. */
export const shaderBody = (name: string): E.Either<Failure, ShaderBody> =>
  isShaderName(name) ? E.right(SHADERS[name]) : E.left(unknownFile(name))

const preludeText = (name: string): E.Either<Failure, string> =>
  isPreludeName(name) ? E.right(PRELUDES[name]) : E.left(unknownFile(name))

/** One file of a joined module. */
export interface Part {
  readonly name: string
  readonly text: string
}

const DIRECTIVE = /^[ \t]*(?:enable|requires|diagnostic)\b[^;]*;/gm

/** Joins parts in order. Directives go to the first line, since WGSL wants them first; every other line keeps its number. */
export const joinParts = (parts: readonly Part[]): string => {
  const directives = new Set(parts.flatMap((p) => p.text.match(DIRECTIVE) ?? []).map((d) => d.trim()))
  return [[...directives].join(' '), ...parts.map((p) => p.text.replace(DIRECTIVE, ''))].join('\n')
}

/** Preludes and a body as the parts of one module, in order. */
export const partsOf = (preludes: readonly string[], body: ShaderBody): E.Either<Failure, readonly Part[]> => {
  const parts: Part[] = []
  for (const name of preludes) {
    const text = preludeText(name)
    if (E.isLeft(text)) return text
    parts.push({ name: `shaders/${name}.wgsl`, text: text.right })
  }
  const name = isShaderName(body.entryPoint) ? `shaders/${body.entryPoint}.wgsl` : `generated ${body.entryPoint}`
  return E.right([...parts, { name, text: body.text }])
}

/** A line of a joined module in the file that it came from; lines count from 1. */
interface Place {
  readonly file: string
  readonly line: number
  readonly text: string
}

/** The file and line of line `line` of `joinParts(parts)`. */
export const locate = (parts: readonly Part[], line: number): Place => {
  let first = 2
  for (const part of parts) {
    const lines = part.text.split('\n')
    if (line < first + lines.length) return { file: part.name, line: line - first + 1, text: at(lines, line - first) }
    first += lines.length
  }
  return { file: 'joined module', line, text: '' }
}

const writeField = (view: DataView, offset: number, type: string, value: number): void => {
  if (type === 'f32') view.setFloat32(offset, value, true)
  else if (type === 'i32') view.setInt32(offset, value, true)
  else view.setUint32(offset, value, true)
}

/** The bytes of a body's `Params` (little-endian, zero-padded); `ShaderCompilation` when a field is missing or unknown. */
export const encodeParams = (
  body: ShaderBody,
  params: Readonly<Record<string, number>>,
): E.Either<Failure, Uint8Array<ArrayBuffer>> => {
  const wanted = Object.keys(body.params)
  const wrong = [
    ...wanted.filter((name) => !Object.hasOwn(params, name)),
    ...Object.keys(params).filter((name) => !Object.hasOwn(body.params, name)),
  ]
  if (wrong.length > 0) {
    const what = `'${body.entryPoint}' takes the parameters ${wanted.join(', ')}, and ${wrong.join(', ')} differ`
    return E.left(failure('ShaderCompilation', what, 'give exactly the fields of its struct Params', { wrong }))
  }
  const bytes = new Uint8Array(body.paramsBytes)
  const view = new DataView(bytes.buffer)
  for (const [name, { type, offset }] of Object.entries(body.params)) {
    writeField(view, offset, type, field(params, name))
  }
  return E.right(bytes)
}

/** The key of a pipeline: equal exactly when module and constants are. */
export const pipelineKey = (
  body: ShaderBody,
  preludes: readonly string[],
  overrides: Readonly<Record<string, number>>,
): string => {
  const constants = Object.keys(overrides)
    .sort()
    .map((name) => `${name}=${overrides[name]}`)
  const source = isShaderName(body.entryPoint) && SHADERS[body.entryPoint] === body ? body.entryPoint : body.text
  return [preludes.join('+'), constants.join(','), source].join('|')
}
