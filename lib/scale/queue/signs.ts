/**
 * Signs of life: counted, not timed. Whoever is not heard of in so many answers of Redis is lost; a Redis that is slow, paused or
 * restarted loses nobody.
 */

/** Signs of life that may be missing before somebody counts as dead. */
const MISSED_BEATS = 10

/** Milliseconds without an answer after which a Redis counts as gone. */
export const SILENCE = 150_000

/** Looks at what somebody counts: whether they live. */
export type Lives = (who: string, count: string | null) => boolean

/** Watches counts. */
export const watch = (): Lives => {
  const seen = new Map<string, { readonly count: string | null; readonly missed: number }>()
  return (who, count) => {
    const last = seen.get(who)
    const missed = last?.count === count ? last.missed + 1 : 0
    seen.set(who, { count, missed })
    return missed < MISSED_BEATS
  }
}

/** Does something again and again, so long after it was last done, until it is stopped, whether it fails or not; `late` hears that it does not end. */
export const regularly = (
  beat: number,
  work: () => Promise<void>,
  failed: (thrown: unknown) => void,
  late: () => void = () => undefined,
): (() => void) => {
  let open = true
  let [timer, alarm]: readonly (NodeJS.Timeout | undefined)[] = []
  const along = async (): Promise<void> => {
    alarm = setTimeout(late, SILENCE)
    try {
      await work()
    } finally {
      clearTimeout(alarm)
      if (open) timer = setTimeout(again, beat)
    }
  }
  const again = (): void => {
    along().catch((thrown: unknown) => {
      if (open) failed(thrown)
    })
  }
  again()
  return () => {
    open = false
    clearTimeout(timer)
    clearTimeout(alarm)
  }
}
