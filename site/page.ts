/** A playground's page: a form whose every change is computed and shown, and whose state is the address. */
import * as E from 'fp-ts/lib/Either.js'
import { asker } from './ask.ts'
import type { Answer, Request } from './compute.ts'
import { byId, fieldsOf, fillForm, sharedState, shareState } from './dom.ts'

/** What is shown of an answer: a sentence, whether it tells of doubts, and what stands below it. */
export interface Shown {
  readonly sentence: string
  readonly doubted: boolean
  readonly parts: readonly Node[]
}

/** Runs a page: `asked` makes a request of the form's fields, `shown` what stands for its answer in so many pixels. */
export const playground = (
  asked: (fields: URLSearchParams) => Request,
  shown: (answer: Answer, width: number) => Shown,
): void => {
  const [form, status, result] = [byId('form'), byId('status'), byId('result')]
  if (!(form instanceof HTMLFormElement)) return
  const ask = asker(new URL('./worker.js', location.href))
  const say = (sentence: string, look: '' | 'doubt' | 'wrong'): void => {
    status.className = look
    status.textContent = sentence
  }
  const show = (answer: E.Either<string, Answer>): void => {
    if (E.isLeft(answer)) {
      say(answer.left, 'wrong')
      result.replaceChildren()
      return
    }
    const { sentence, doubted, parts } = shown(answer.right, result.clientWidth)
    say(sentence, doubted ? 'doubt' : '')
    result.replaceChildren(...parts)
  }
  const update = (): void => {
    const fields = fieldsOf(form)
    shareState(fields)
    say('Computing …', '')
    ask(asked(fields), show)
  }
  fillForm(form, sharedState())
  form.addEventListener('input', update)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    update()
  })
  update()
}
