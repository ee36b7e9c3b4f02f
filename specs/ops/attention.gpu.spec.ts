/** Attention on the GPU. */
import { describeSuite } from '../webgpu/compare.ts'
import { attentionSuite } from './attention-suite.ts'

await describeSuite(attentionSuite)
