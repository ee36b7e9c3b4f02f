import type { Rule } from 'eslint'

export const noDefaultBehindIndex: Rule.RuleModule
