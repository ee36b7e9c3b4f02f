/**
 * The choices by name that a caller of the package has: parameters of public functions, and fields of what is given to them, whose type is
 * a union of texts. Plain JavaScript may pass any text there.
 */
import { join } from 'node:path'
import ts from 'typescript'
import { entries } from '../scripts/public-names.ts'

const holderOf = (node: ts.Node): string =>
  ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)
    ? node.name.text
    : ts.isSourceFile(node)
      ? ''
      : holderOf(node.parent)

const programOf = (root: string): ts.Program => {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path))
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, root)
  return ts.createProgram({ rootNames: entries.map(([, path]) => join(root, path)), options })
}

const isChoice = (type: ts.Type): boolean =>
  type.isUnion() && type.types.filter((each) => each.isStringLiteral()).length > 1

/** Places of choices: `Interface.field` where an interface has it, else `function(parameter)`. */
export const publicChoices = (root: string): readonly string[] => {
  const program = programOf(root)
  const checker = program.getTypeChecker()
  const own = join(root, 'lib')
  const found = new Set<string>()
  const seen = new Set<ts.Type>()
  const typeAt = (symbol: ts.Symbol, place: ts.Node): ts.Type => checker.getTypeOfSymbolAtLocation(symbol, place)
  const into = (type: ts.Type): void => {
    if (seen.has(type)) return
    seen.add(type)
    if (type.isUnionOrIntersection()) for (const part of type.types) into(part)
    else
      for (const field of checker.getPropertiesOfType(type)) {
        const place = field.valueDeclaration ?? field.declarations?.[0]
        if (place === undefined || !place.getSourceFile().fileName.startsWith(own)) continue
        const of = typeAt(field, place)
        if (isChoice(of)) found.add(`${holderOf(place)}.${field.name}`)
        into(of)
      }
  }
  /** The parameters of a function, and of the functions that it gives. */
  const called = (type: ts.Type, name: string): void => {
    for (const signature of type.getCallSignatures()) {
      for (const parameter of signature.getParameters()) {
        const place = parameter.valueDeclaration
        if (place === undefined) continue
        const of = typeAt(parameter, place)
        if (isChoice(of)) found.add(`${name}(${parameter.name})`)
        into(of)
      }
      called(signature.getReturnType(), name)
    }
  }
  const exported = (module: ts.Symbol): void => {
    for (const each of checker.getExportsOfModule(module)) {
      const meant = each.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(each) : each
      if (meant.flags & ts.SymbolFlags.ValueModule) exported(meant)
      else if (meant.valueDeclaration !== undefined) called(typeAt(meant, meant.valueDeclaration), each.name)
    }
  }
  for (const [, path] of entries) {
    const source = program.getSourceFile(join(root, path))
    const module = source === undefined ? undefined : checker.getSymbolAtLocation(source)
    if (module !== undefined) exported(module)
  }
  return [...found].sort()
}
