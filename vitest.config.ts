/**
 * Vitest: forked workers, two at most (the software GPU uses the cores itself), and one reporter that closes with a plain count.
 *
 * A worker loads a module once, not once for each file: that was half of the processor time. So a spec leaves no trace in
 * what files share (modules, `process`, `console`): what it replaces, it puts back.
 */
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import countReporter from './scripts/count-reporter.ts'

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^exptilt$/, replacement: fileURLToPath(new URL('lib/index.ts', import.meta.url)) },
      { find: /^exptilt\//, replacement: fileURLToPath(new URL('lib/', import.meta.url)) },
    ],
  },
  test: {
    include: ['specs/**/*.spec.ts'],
    pool: 'forks',
    isolate: false,
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: ['default', countReporter],
  },
})

export default config
