/**
 * Vitest: forked workers, two at most (the software GPU uses the cores itself), and one reporter that closes with a plain count.
 *
 * A worker loads a module once, not once for each file: that was half of the processor time. So a spec leaves no trace in
 * what files share (modules, `process`, `console`): what it replaces, it puts back.
 */
import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import countReporter from './scripts/count-reporter.ts'
import { LongestFirstSequencer } from './scripts/longest-first.ts'

/** Specs that watch how much memory files make the process take: what ran before in a process would hide it. */
const ALONE = ['specs/fuzz/*.spec.ts', 'specs/data/images.spec.ts', 'specs/data/tokenizer-file.spec.ts']

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^@fast-check\/vitest$/, replacement: fileURLToPath(new URL('specs/property.ts', import.meta.url)) },
      { find: /^exptilt$/, replacement: fileURLToPath(new URL('lib/index.ts', import.meta.url)) },
      { find: /^exptilt\//, replacement: fileURLToPath(new URL('lib/', import.meta.url)) },
    ],
  },
  test: {
    projects: [
      { extends: true, test: { name: 'together', include: ['specs/**/*.spec.ts'], exclude: ALONE, isolate: false } },
      { extends: true, test: { name: 'alone', include: ALONE } },
    ],
    // Commands that specs run as processes keep no compiled programs in the user's cache.
    env: { EXPTILT_CACHE: process.env['EXPTILT_CACHE'] ?? 'off' },
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirstSequencer },
    testTimeout: 180_000,
    hookTimeout: 120_000,
    reporters: ['default', countReporter],
  },
})

export default config
