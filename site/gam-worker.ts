/** Trainings beside the page: `start` and `stop` in, events out. */
import { gamSession, type GamRequest } from './gam-run.ts'

const session = gamSession((event) => self.postMessage(event))

self.addEventListener('message', ({ data }: MessageEvent<GamRequest | 'stop'>) => {
  if (data === 'stop') session.stop()
  else void session.start(data)
})
