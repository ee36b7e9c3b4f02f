/** Names of the files of checkpoints: `name.000017.safetensors`, numbered in order of saving. */
import * as t from 'io-ts'

/** Such a name, and in it what is trained and the number. */
export const CHECKPOINT_FILE: RegExp = /^([A-Za-z0-9][A-Za-z0-9_-]{0,99})\.(\d{6,15})\.safetensors$/

/** Codec of such a name, which is no path. */
export const checkpointName: t.Type<string> = t.refinement(
  t.string,
  (text) => CHECKPOINT_FILE.test(text),
  'name of a checkpoint',
)
