/** The LSTM operations on the GPU. */
import { small } from '../domains.ts'
import { describeOperations } from '../webgpu/compare.ts'

const names = ['lstm', 'lstm_backward', 'lstm_sample', 'lstm_score']
await describeOperations('lstm', names, {
  cases: 4,
  normwise: true,
  how: { ...small, sizes: [1, 2, 4, 5], elements: 60 },
})
