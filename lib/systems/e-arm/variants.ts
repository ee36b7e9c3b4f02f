/**
 * The ways in which one network is trained from one start.
 */

/** `both` is scheduled sampling with the energy objective (Tables 2 and 11). */
export type Variant = 'plain' | 'scheduled' | 'e-arm' | 'both'

/** The ways by name, in the order in which they are shown. */
export const variants: readonly [Variant, ...Variant[]] = ['plain', 'scheduled', 'e-arm', 'both']

/** Whether a variant is trained with the energy objective, where λ is above 0. */
export const hasEnergy = (variant: Variant): boolean => variant === 'e-arm' || variant === 'both'

/** Whether a variant is trained with scheduled sampling. */
export const isScheduled = (variant: Variant): boolean => variant === 'scheduled' || variant === 'both'

/** The variant that this one is under some λ: with λ = 0 there is no energy objective. */
export const variantUnder = (lambda: number, variant: Variant): Variant =>
  lambda > 0 || !hasEnergy(variant) ? variant : isScheduled(variant) ? 'scheduled' : 'plain'
