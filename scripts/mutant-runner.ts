/**
 * The process that runs specs for `mutants.ts`: one vitest, started once in the folder of the copied tree, that runs the
 * specs it is asked for again and again. A run gets a worker of its own, so that every module is loaded anew; what has not
 * changed since is transformed once. It is a process apart so that a bug that never ends can be ended with it.
 */
import { join } from 'node:path'
import { createVitest, type Reporter, type TestSequencer, type TestSpecification } from 'vitest/node'

/** What to run: specs in this order, after these files of the tree have changed; at the first failure it stops, if asked to. */
export interface Order {
  readonly specs: readonly string[]
  readonly changed: readonly string[]
  readonly bail: boolean
}

/** What a spec did: its seconds, and the first test that failed (or the error outside every test). */
export interface SpecResult {
  readonly spec: string
  readonly seconds: number
  readonly failed: string | undefined
}

/** Vitest would run the largest first. */
class AskedSequencer implements TestSequencer {
  shard(specs: TestSpecification[]): TestSpecification[] {
    return specs
  }
  sort(specs: TestSpecification[]): TestSpecification[] {
    return specs
  }
}

const root = process.cwd()
let results: SpecResult[] = []

const reporter: Reporter = {
  onTestModuleEnd: (module) => {
    const test = [...module.children.allTests()].find((each) => each.result().state === 'failed')
    const failed = module.state() === 'failed' ? (test?.fullName ?? module.errors()[0]?.message ?? 'a hook') : undefined
    results.push({ spec: module.relativeModuleId, seconds: module.diagnostic().duration / 1000, failed })
  },
}

const vitest = await createVitest(
  'test',
  {
    root,
    watch: false,
    maxWorkers: 1,
    project: ['together'],
    reporters: [reporter],
    silent: true,
    // A busy machine is no reason to fail; what does not end is ended from outside.
    testTimeout: 600_000,
    cache: false,
    sequence: { sequencer: AskedSequencer },
  },
  { cacheDir: join(root, '.vite') },
)
const known = new Map((await vitest.globTestSpecifications()).map((spec) => [spec.moduleId, spec]))

const run = async ({ specs, changed, bail }: Order): Promise<readonly SpecResult[]> => {
  results = []
  for (const file of changed) vitest.invalidateFile(join(root, file))
  for (const project of [...vitest.projects, vitest]) project.config.bail = bail ? 1 : 0
  const found = specs.flatMap((spec) => known.get(join(root, spec)) ?? [])
  if (found.length === 0) return []
  const { unhandledErrors } = await vitest.runTestSpecifications(found)
  if (results.some(({ failed }) => failed !== undefined) || unhandledErrors.length === 0) return results
  const spec = results.at(-1)?.spec ?? specs[0] ?? ''
  return [...results, { spec, seconds: 0, failed: String(unhandledErrors[0]) }]
}

process.on('message', (order: Order) => {
  void run(order).then(
    (answer) => process.send?.(answer),
    (thrown: unknown) => process.send?.([{ spec: '', seconds: 0, failed: `vitest: ${String(thrown)}` }]),
  )
})
process.send?.([...known.keys()].map((id) => id.slice(root.length + 1)))
