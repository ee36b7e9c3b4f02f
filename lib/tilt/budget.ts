/** What a tilt may ask for; in a file of its own, since the options of commands read it too. */

/** Most properties whose shares are matched: they make 2ⁿ strata. */
export const MOST_MOMENTS = 6
