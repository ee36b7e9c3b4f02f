/** `npm run options` writes docs/options.md, the page of all options, from the tables of settings. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Experiment } from '../lib/experiment/experiment.ts'
import type { Role, Setting } from '../lib/experiment/setting.ts'
import { entriesOf } from '../lib/experiment/settings.ts'
import { eArmExperiments } from '../lib/systems/e-arm/settings.ts'
import { gamExperiment } from '../lib/systems/gam/settings.ts'
import { residualExperiment } from '../lib/systems/residual/settings.ts'

/** What changing an option means, as the page says it. */
const roles: Readonly<Record<Role, string>> = {
  trains: 'what is trained',
  measures: 'what is measured',
  computes: 'what computes',
  keeps: 'where it is kept',
}

const cell = (text: string): string => text.replaceAll('|', '\\|')

const rowOf = ({ flag, metavar, switched, repeated, help, otherwise, role }: Setting<unknown, string>): string => {
  const typed = switched === undefined ? `${flag} ${metavar}${repeated ? ' …' : ''}` : flag
  return `| ${[`\`${typed}\``, help, otherwise, roles[role]].map(cell).join(' | ')} |`
}

const tableOf = (rows: readonly Setting<unknown, string>[]): string =>
  ['| option | meaning | unless typed | decides |', '|--|--|--|--|', ...rows.map(rowOf)].join('\n')

const sectionOf = <O, P extends string>(command: string, { settings }: Experiment<O, P>): string => {
  const rows = entriesOf(settings).map(({ setting }) => setting)
  const groups = [...new Set(rows.map(({ group }) => group))]
  const tables = groups.map((group) => `${group}\n\n${tableOf(rows.filter((row) => row.group === group))}`)
  return [`## exptilt ${command}`, ...tables].join('\n\n')
}

const HEAD = `# Every option of the experiments

Generated from the tables of settings by \`npm run options\`. What is trained cannot be changed beside \`--resume\`; what is measured or
computes may. Where a value differs between presets, each has its own.`

/** The whole page. */
export const optionsPage = (): string =>
  `${[
    HEAD,
    sectionOf('gam', gamExperiment),
    sectionOf('residual', residualExperiment),
    sectionOf('earm lm', eArmExperiments.lm),
    sectionOf('earm image', eArmExperiments.image),
    sectionOf('earm translate', eArmExperiments.translate),
  ].join('\n\n')}\n`

if (process.argv[1] === fileURLToPath(import.meta.url))
  writeFileSync(new URL('../docs/options.md', import.meta.url), optionsPage())
