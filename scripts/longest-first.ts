/** The order in which vitest starts spec files. */
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Specs that take longest, the longest first. Vitest starts with the largest files where it knows no times, as in a fresh clone, and
 * these are not large: one that starts last keeps one core busy alone.
 */
const LONGEST = [
  'browser',
  'site',
  'systems/gam/run',
  'systems/gam/policy',
  'cli/interrupt',
  'scale/queue/giver',
  'deno',
  'systems/gam/distillation',
  'tilt/holds',
].map((name) => `/specs/${name}.spec.ts`)

/** Files that want a process of their own, then those that take longest, then the largest. */
export class LongestFirstSequencer extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId, project }: TestSpecification): number => {
      const place = LONGEST.findIndex((end) => moduleId.endsWith(end))
      return project.name === 'alone' ? -1 : place < 0 ? LONGEST.length : place
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
