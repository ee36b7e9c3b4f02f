/** Gather and scatter on the GPU. */
import { describeSuite } from '../webgpu/compare.ts'
import { gatherSuite } from './gather-suite.ts'

await describeSuite(gatherSuite)
