/**
 * Every program on a device with the limits that every WebGPU has and with no feature: what fits there fits in Firefox and Safari.
 * Chromium's software adapter takes the same kernels with its features, which only those with subgroups of 8 lanes use.
 */
import { BASELINE_LIMITS } from '../../lib/device.ts'
import { compareHere } from './_compare.ts'
import { programs } from './_programs.ts'

await compareHere(programs, { limits: BASELINE_LIMITS, features: [] })
