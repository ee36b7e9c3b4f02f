/** Layer normalisation on the GPU. */
import { describeSuite } from '../webgpu/compare.ts'
import { layerNormSuite } from './layer-norm-suite.ts'

await describeSuite(layerNormSuite)
