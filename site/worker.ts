/** The playground's computations, beside the page: one request, one answer. */
import { compute, type Request } from './compute.ts'

self.addEventListener('message', ({ data }: MessageEvent<Request>) => {
  self.postMessage(compute(data))
})
