/** Own lint rules. */

/** What an expression is read from: through calls, properties, optional chains and parentheses down to an index or `.at(…)`. */
const behindIndex = (node) => {
  if (node.type === 'ChainExpression') return behindIndex(node.expression)
  if (node.type === 'MemberExpression') return node.computed || behindIndex(node.object)
  if (node.type !== 'CallExpression' || node.callee.type !== 'MemberExpression') return false
  const { name } = node.callee.property
  return (!node.callee.computed && ['at', 'pop', 'shift'].includes(name)) || behindIndex(node.callee)
}

const raises = (node) =>
  node.type === 'CallExpression' &&
  node.callee.type === 'Identifier' &&
  ['raise', 'fail', 'outside', 'absent'].includes(node.callee.name)

/** No `xs[i] ?? 0`, `xs[i] || 0`, `xs[i]?.size ?? 1`, `xs.at(-1) ?? ''`, `([x = 0]) => x`: a mistaken index would become a plausible value. */
export const noDefaultBehindIndex = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      index:
        'A default hides a mistaken index. Use at(), field(), two(), [x = absent()] … of lib/at.ts, or orElse() where the element may be missing.',
    },
  },
  create: (context) => ({
    'LogicalExpression[operator="??"]': (node) => {
      if (behindIndex(node.left) && !raises(node.right)) context.report({ node, messageId: 'index' })
    },
    'LogicalExpression[operator="||"]': (node) => {
      if (behindIndex(node.left) && ['Literal', 'ArrayExpression'].includes(node.right.type))
        context.report({ node, messageId: 'index' })
    },
    'ArrayPattern > AssignmentPattern': (node) => {
      if (!raises(node.right)) context.report({ node, messageId: 'index' })
    },
  }),
}
