/**
 * Definitions in place of operations: the same values in terms of operations that have an ONNX form. Parts of a definition
 * that nobody reads are not reached from the results, and so never emitted.
 */
import { orElse } from '../at.ts'
import { failure, raise } from '../errors.ts'
import { type Expr, apply, definitionOf, topological } from '../expr.ts'
import { part } from '../ops/scan-op.ts'

/** Operations that the lowering itself knows. */
export const BUILT_IN: ReadonlySet<string> = new Set([
  'input',
  'part',
  'constant',
  'spread',
  'reorder',
  'reshape',
  'stop_gradient',
])

type Results = Map<Expr, readonly Expr[]>

const resultsOf = (node: Expr): readonly Expr[] =>
  node.types.length === 1 ? [node] : node.types.map((_t, i) => part(i)(node))

/** What a node becomes when its arguments have become `args`. */
const expandNode = (
  node: Expr,
  args: readonly Expr[],
  done: Results,
  keep: (node: Expr) => boolean,
): readonly Expr[] => {
  const { op, attrs } = node
  if (op.onnx !== undefined || op.kind === 'input' || BUILT_IN.has(op.name) || keep(node))
    return resultsOf(args.every((a, i) => a === node.args[i]) ? node : apply(op, attrs, ...args))
  const meaning =
    definitionOf(op, attrs, args) ??
    raise(
      failure(
        'Runtime',
        `operation '${op.name}' has neither an ONNX form nor a definition`,
        'run the program on another executor',
        { op: op.name },
      ),
    )
  for (const a of args) done.set(a, [a])
  return expand(meaning, done, keep)
}

/** The same values in terms of operations that have an ONNX form, or that are kept. */
export const expand = (
  roots: readonly Expr[],
  done: Results = new Map(),
  keep: (node: Expr) => boolean = () => false,
): readonly Expr[] => {
  for (const node of topological(roots, done)) {
    if (done.has(node)) continue
    const [first] = node.args
    if (node.op.name === 'part' && first !== undefined) {
      const whole = done.get(first)?.[Number(node.attrs['index'])]
      done.set(node, whole === undefined ? [node] : [whole])
    } else
      done.set(
        node,
        expandNode(
          node,
          node.args.map((a) => orElse(done.get(a)?.[0], a)),
          done,
          keep,
        ),
      )
  }
  return roots.map((r) => orElse(done.get(r)?.[0], r))
}
