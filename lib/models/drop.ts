/**
 * Dropout for any model: one mask for each site, all from one key.
 */
import type { AnyAxis } from '../axis.ts'
import { type Expr, axesOf } from '../expr.ts'
import { type KeyTensor, dropout, foldKey } from '../ops/random.ts'
import { type Drop, keepAll } from './autoregressive.ts'

/** Drops a share of the units at every site, by masks from the key's child of the site's number; a rate of 0 keeps all. */
export const dropping = (rate: number, key: KeyTensor): Drop =>
  rate === 0
    ? keepAll
    : (site) => (x) => {
        const axes: readonly AnyAxis[] = axesOf(x)
        const whole: Expr = x
        const dropped: Expr = dropout(foldKey(site)(key), rate)(...axes)<string>(whole)
        return dropped
      }
