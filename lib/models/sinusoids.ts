/**
 * Sinusoidal positions (Vaswani et al. 2017, section 3.5): a table that is computed, not learned.
 */

/** Row p: sin(p·r_i) and cos(p·r_i) with r_i = 10000^(−2i/width), in turn (2i, 2i + 1) or all sines first. */
export const sinusoids = (rows: number, width: number, order: 'in turn' | 'sines first'): Float64Array => {
  const half = Math.ceil(width / 2)
  return Float64Array.from({ length: rows * width }, (_, at) => {
    const [p, j] = [Math.floor(at / width), at % width]
    const [i, cosine] = order === 'in turn' ? [Math.floor(j / 2), j % 2 === 1] : [j % half, j >= half]
    const angle = p * 10000 ** ((-2 * i) / width)
    return cosine ? Math.cos(angle) : Math.sin(angle)
  })
}
