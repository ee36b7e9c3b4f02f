/** Cross-entropy on the GPU. */
import { describeSuite } from '../webgpu/compare.ts'
import { crossEntropySuite } from './cross-entropy-suite.ts'

await describeSuite(crossEntropySuite)
