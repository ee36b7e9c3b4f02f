/** Numbers as other programs write them in text. */

/** A decimal number or an infinity; NaN for anything else. */
export const decimalOf = (text: string): number =>
  /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text)
    ? Number(text)
    : /^-inf(?:inity)?$/iu.test(text)
      ? Number.NEGATIVE_INFINITY
      : /^\+?inf(?:inity)?$/iu.test(text)
        ? Number.POSITIVE_INFINITY
        : Number.NaN
