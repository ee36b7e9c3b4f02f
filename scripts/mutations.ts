/** The bugs that `mutants.ts` plants: small changes of a file's text, found in its syntax tree (of a shader: in its lines). */
import ts from 'typescript'

/** One change: the characters from `start` to `end` become `text`. */
export interface Mutation {
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  readonly start: number
  readonly end: number
  readonly text: string
  /** What it does, for a person. */
  readonly change: string
}

/** The text with the change made. */
export const applied = (source: string, { start, end, text }: Mutation): string =>
  source.slice(0, start) + text + source.slice(end)

/** The change of a text that must stand exactly once in the file. */
export const replacement = (file: string, source: string, from: string, to: string): Mutation => {
  const start = source.indexOf(from)
  if (start < 0 || source.includes(from, start + 1)) throw new Error(`${file} does not contain once: ${from}`)
  const line = source.slice(0, start).split('\n').length
  return { file, line, start, end: start + from.length, text: to, change: `${shown(from)} → ${shown(to)}` }
}

/** Operators and what each may be mistaken for. */
const MISTAKEN: Readonly<Record<string, readonly string[]>> = {
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '**': ['*'],
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '==': ['!='],
  '!=': ['=='],
  '&&': ['||'],
  '||': ['&&'],
  '+=': ['-='],
  '-=': ['+='],
  '*=': ['/='],
  '/=': ['*='],
  '++': ['--'],
  '--': ['++'],
}

/** Names and what each may be mistaken for. */
const NAMES: Readonly<Record<string, string>> = {
  min: 'max',
  max: 'min',
  some: 'every',
  every: 'some',
  exp: 'expm1',
  log: 'log1p',
}

const nextNumber = (text: string): string => {
  const x = Number(text.replaceAll('_', ''))
  return Number.isSafeInteger(x) ? String(x + 1) : String(x * 1.1)
}

/** A change of a node: a part of it (itself by default) and the new text. */
type Change = readonly [part: ts.Node, text: string]

const named = (node: ts.Node): string => (ts.isIdentifier(node) ? node.text : '')

/** Functions whose two arguments may be swapped. */
const COMMUTATIVE = /^(min|max|add|multiply|and|or|equal)$/

/** `contract(…)`, which takes its two operands in either order. */
const isContraction = (called: ts.Expression): boolean =>
  ts.isCallExpression(called) && /^contract(Over)?$/.test(named(called.expression))

/** A call: the last of two arguments one further, two arguments swapped, a key that is not folded, a neighbour's name. */
const callChanges = (node: ts.CallExpression, source: ts.SourceFile): readonly Change[] => {
  const [first, second] = node.arguments
  const of = (x: ts.Node): string => x.getText(source)
  const name = ts.isPropertyAccessExpression(node.expression) ? node.expression.name : node.expression
  const other = Object.hasOwn(NAMES, named(name)) ? NAMES[named(name)] : undefined
  return [
    ...(other === undefined || !ts.isPropertyAccessExpression(node.expression) ? [] : ([[name, other]] as const)),
    ...(named(name) === 'fold' && first !== undefined ? ([[node, of(first)]] as const) : []),
    ...(named(name) === 'at' && second !== undefined ? ([[second, `${of(second)} + 1`]] as const) : []),
    ...(node.arguments.length === 2 &&
    first !== undefined &&
    second !== undefined &&
    of(first) !== of(second) &&
    !COMMUTATIVE.test(named(name)) &&
    !isContraction(node.expression)
      ? ([[node, `${of(node.expression)}(${of(second)}, ${of(first)})`]] as const)
      : []),
  ]
}

const changesOf = (node: ts.Node, source: ts.SourceFile): readonly Change[] => {
  const of = (x: ts.Node): string => x.getText(source)
  if (ts.isBinaryExpression(node))
    return (MISTAKEN[of(node.operatorToken)] ?? []).map((text) => [node.operatorToken, text])
  if (ts.isPrefixUnaryExpression(node) && /^[!-]$/.test(ts.tokenToString(node.operator) ?? ''))
    return [[node, of(node.operand)]]
  if (ts.isPostfixUnaryExpression(node)) return [[node, of(node.operand) + (MISTAKEN[of(node).slice(-2)]?.[0] ?? '')]]
  if (ts.isNumericLiteral(node)) return [[node, nextNumber(node.text)]]
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']]
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, 'true']]
  if (ts.isConditionalExpression(node)) return [[node.condition, `!(${of(node.condition)})`]]
  if (ts.isIfStatement(node))
    return [
      [node.expression, 'false'],
      [node.expression, 'true'],
    ]
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) return [[node, ';']]
  if (ts.isElementAccessExpression(node)) return [[node.argumentExpression, `${of(node.argumentExpression)} + 1`]]
  if (ts.isCallExpression(node)) return callChanges(node, source)
  return []
}

/** What a failure says, types and imports are left alone. */
const skipped = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  (ts.isCallExpression(node) && /^(failure|fail|raise|outside)$/.test(named(node.expression)))

const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}...` : text).replace(/\s+/g, ' ')

/** Every bug that can be planted in a TypeScript file. */
export const mutationsOf = (file: string, text: string): readonly Mutation[] => {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const out: Mutation[] = []
  const visit = (node: ts.Node): void => {
    if (skipped(node)) return
    for (const [part, replacement] of changesOf(node, source)) {
      const [start, end] = [part.getStart(source), part.getEnd()]
      const line = source.getLineAndCharacterOfPosition(start).line + 1
      const where = shown(text.split('\n')[line - 1]?.trim() ?? '')
      out.push({
        file,
        line,
        start,
        end,
        text: replacement,
        change: `${shown(text.slice(start, end))} → ${shown(replacement)} in: ${where}`,
      })
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return out
}

const TOKEN =
  /(?<= )(\+|-|\*|\/|<|<=|>|>=|==|!=|&&|\|\||\+=|-=|\*=)(?= )|\+\+|\b\d+(?:\.\d+)?u?\b(?!\.)|\b(?:workgroup|storage)Barrier\(\);|\b(?:min|max)(?=\()/g

const shaderTexts = (token: string): readonly string[] => {
  if (token.endsWith('Barrier();')) return [';']
  if (token === 'min' || token === 'max') return [token === 'min' ? 'max' : 'min']
  const number = /^(\d+(?:\.\d+)?)(u?)$/.exec(token)
  if (number === null) return MISTAKEN[token] ?? []
  const [, digits = '', ending = ''] = number
  if (!digits.includes('.')) return [`${Number(digits) + 1}${ending}`]
  const next = Number(digits) === 0 ? 1 : Number(digits) * 1.1
  return [Number.isInteger(next) ? `${next}.0` : String(next)]
}

/** Every bug that can be planted in a shader: not in comments, attributes, declarations of bindings and overrides. */
export const mutationsOfShader = (file: string, text: string): readonly Mutation[] => {
  let start = 0
  return text.split('\n').flatMap((whole, i) => {
    const from = start
    start += whole.length + 1
    const code = whole.replace(/\/\/.*$/, '')
    if (/^\s*(@|struct|override|enable|const|fn|var<)/.test(code)) return []
    return [...code.matchAll(TOKEN)].flatMap((match) =>
      shaderTexts(match[0]).map((replacement) => ({
        file,
        line: i + 1,
        start: from + match.index,
        end: from + match.index + match[0].length,
        text: replacement,
        change: `${match[0]} → ${replacement} in: ${shown(code.trim())}`,
      })),
    )
  })
}
