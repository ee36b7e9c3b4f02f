/** Bugs that specs once missed, each as a change of a text that stands once in its file: `npm run mutants -- --known`. */

/** A bug: the characters `from`, which must stand in the file exactly once, become `to`. */
export interface KnownBug {
  readonly file: string
  readonly from: string
  readonly to: string
}

export const knownBugs: readonly KnownBug[] = []
