/** A page of something that runs for a while in a worker: begun by its form, told of by events, stopped, and shared by its address. */
import { byId, fieldsOf, fillForm, sharedState, shareState } from './dom.ts'

/** What the page does about an event. */
export interface Told {
  readonly sentence?: string
  readonly look?: '' | 'doubt' | 'wrong'
  readonly note?: string
  /** Between 0 and 1. */
  readonly progress?: number
  /** Nothing more comes. */
  readonly ended?: boolean
  /** What is shown has changed. */
  readonly draw?: boolean
}

/** A page: what it asks of its worker, and what it makes of the answers. */
interface Live<R, Event> {
  /** The worker's script, beside the page. */
  readonly script: string
  readonly requestOf: (fields: URLSearchParams) => R
  /** A request is sent; `name` tells it from others. */
  readonly begin: (name: string) => void
  readonly hear: (event: Event) => Told
  readonly parts: (width: number) => readonly Node[]
  /** What the button says, where the form asks for the request of this name. */
  readonly offer: (name: string) => string
  /** Milliseconds of silence after which the worker is stopped. */
  readonly patience?: number
}

const NO_WORKER = 'use a recent Chromium, Firefox or Safari, and open the site through a server'

/** Runs the page. */
export const live = <R, Event>({ script, requestOf, begin, hear, parts, offer, patience }: Live<R, Event>): void => {
  const [form, start, stop] = [byId('form'), byId('start'), byId('stop')]
  if (!(form instanceof HTMLFormElement && start instanceof HTMLButtonElement && stop instanceof HTMLButtonElement))
    return
  const [status, note, progress, result] = [byId('status'), byId('note'), byId('progress'), byId('result')]
  let worker: Worker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const draw = (): void => result.replaceChildren(...parts(result.clientWidth))
  const label = (): void => {
    start.textContent = offer(JSON.stringify(requestOf(fieldsOf(form))))
  }
  const running = (on: boolean): void => {
    start.disabled = on
    stop.disabled = !on
  }
  const tell = (told: Told): void => {
    clearTimeout(timer)
    if (told.sentence !== undefined) {
      status.className = told.look ?? ''
      status.textContent = told.sentence
    }
    if (told.note !== undefined) note.textContent = told.note
    if (told.progress !== undefined) progress.setAttribute('value', String(told.progress))
    if (told.ended === true) running(false)
    else wait()
    if (told.draw === true) draw()
    label()
  }
  const lost = (sentence: string): void => {
    worker?.terminate()
    worker = undefined
    tell({ sentence, look: 'wrong', ended: true })
  }
  const wait = (): void => {
    if (patience !== undefined)
      timer = setTimeout(
        () =>
          lost(
            `nothing came for ${patience / 1000} s, and it was stopped: ask for something simpler, or try again where loading is slow`,
          ),
        patience,
      )
  }
  const opened = (): Worker => {
    if (worker !== undefined) return worker
    worker = new Worker(new URL(script, location.href), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Event>) => tell(hear(data))
    worker.onerror = (event) => lost(`this browser cannot compute it (${event.message}): ${NO_WORKER}`)
    return worker
  }
  stop.addEventListener('click', () => {
    tell({ sentence: 'Stopping after this step …' })
    worker?.postMessage('stop')
  })
  form.addEventListener('input', () => {
    shareState(fieldsOf(form))
    label()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (start.disabled) return
    const request = requestOf(fieldsOf(form))
    begin(JSON.stringify(request))
    shareState(fieldsOf(form))
    running(true)
    tell({ sentence: 'Loading …', progress: 0, draw: true })
    opened().postMessage(request)
  })
  addEventListener('resize', draw)
  fillForm(form, sharedState())
}
