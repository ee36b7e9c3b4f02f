/**
 * Dropout for any model: one mask for each site, all from one key.
 */
import { type KeyTensor, dropoutOf, foldKey } from '../ops/random.ts'
import { type Drop, keepAll } from './autoregressive.ts'

/** Drops a share of the units at every site, by masks from the key's child of the site's number; a rate of 0 keeps all. */
export const dropping = (rate: number, key: KeyTensor): Drop =>
  rate === 0 ? keepAll : (site) => (x) => dropoutOf(foldKey(site)(key), rate)(x)
