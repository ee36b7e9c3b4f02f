/** What was typed, over what there is. */

/** The first of two that is there. */
export const given = <A>(typed: A | undefined, otherwise: A): A => typed ?? otherwise
