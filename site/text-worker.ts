/** Texts beside the page: a request or `stop` in, events out. The model's files lie beside the script. */
import { type TextRequest, textSession } from './text-run.ts'

const read = async (name: string): Promise<Uint8Array> => {
  const response = await fetch(new URL(`./english/${name}`, import.meta.url))
  return response.ok
    ? new Uint8Array(await response.arrayBuffer())
    : Promise.reject(new Error(`${name} of the model cannot be loaded (${response.status})`))
}

const session = textSession(read, (event) => self.postMessage(event))

self.addEventListener('message', ({ data }: MessageEvent<TextRequest | 'stop'>) => {
  if (data === 'stop') session.stop()
  else void session.start(data)
})
