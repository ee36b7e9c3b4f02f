/** Laws of `exptilt/laws` as specs. */
import { it } from 'vitest'
import type { Law } from '../../lib/laws/law.ts'

/** A spec for each law; `before` stands before its title. */
export const keepsLaws = (laws: readonly Law[], before = ''): void => {
  for (const { title, check } of laws) it(`${before}${title}`, check)
}
