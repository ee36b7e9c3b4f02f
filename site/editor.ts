/** The page of the editor: a program of the library is written, run in a worker, stopped, and shared by the address. */
import { javascript, javascriptLanguage } from '@codemirror/lang-javascript'
import { setDiagnostics } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'
import { basicSetup, EditorView } from 'codemirror'
import { syntaxHighlighting } from '@codemirror/language'
import { examples } from 'exptilt-site/examples'
import { completer } from './completions.ts'
import { byId, element, sharedState, shareState } from './dom.ts'
import type { EditorEvent, Line } from './editor-worker.ts'
import { STYLE_NONCE } from './modules.ts'
import type { Complaint } from './program.ts'

/** Milliseconds after a key before the address has the text. */
const PAUSE = 400

const codeOf = (name: string): string | undefined => examples.find((each) => each.name === name)?.code

/** What the address asks for: a program, or the name of an example. */
const asked = (): string => {
  const state = sharedState()
  return state.get('code') ?? codeOf(state.get('example') ?? '') ?? codeOf('readme') ?? ''
}

const dark = matchMedia('(prefers-color-scheme: dark)').matches

/** The text with its keys; `changed` hears of each change. */
const editorIn = (parent: HTMLElement, run: () => void, changed: (code: string) => void): EditorView =>
  new EditorView({
    parent,
    doc: asked(),
    extensions: [
      EditorView.cspNonce.of(STYLE_NONCE),
      EditorView.darkTheme.of(dark),
      EditorState.tabSize.of(2),
      Prec.highest(keymap.of([{ key: 'Mod-Enter', run: () => (run(), true) }])),
      basicSetup,
      javascript({ typescript: true }),
      javascriptLanguage.data.of({
        autocomplete: async (context: Parameters<ReturnType<typeof completer>>[0]) =>
          completer((await import('exptilt-site/names')).names)(context),
      }),
      syntaxHighlighting(classHighlighter),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({ 'aria-label': 'program', spellcheck: 'false', tabindex: '0' }),
      EditorView.updateListener.of((update) => {
        if (update.docChanged) changed(update.state.doc.toString())
      }),
    ],
  })

const share = (code: string): void => {
  const known = examples.find((each) => each.code === code)
  shareState(new URLSearchParams(known === undefined ? { code } : { example: known.name }))
}

/** Marks the line of a complaint; none takes the marks away. */
const mark = (view: EditorView, { sentence, line }: Partial<Complaint>): void => {
  const found = line === undefined || line > view.state.doc.lines ? undefined : view.state.doc.line(line)
  view.dispatch(
    setDiagnostics(
      view.state,
      found === undefined || sentence === undefined
        ? []
        : [{ from: found.from, to: found.to, severity: 'error', message: sentence }],
    ),
  )
}

/** A worker under this page's policy, which lets no program speak to another host. */
const opened = (): Worker => {
  const script = JSON.stringify(new URL('./editor-worker.js', location.href).href)
  const address = URL.createObjectURL(new Blob([`import ${script}`], { type: 'text/javascript' }))
  return new Worker(address, { type: 'module' })
}

const page = (): void => {
  const [form, start, stop, choice] = [byId('form'), byId('start'), byId('stop'), byId('example')]
  const [status, output] = [byId('status'), byId('output')]
  if (!(stop instanceof HTMLButtonElement && choice instanceof HTMLSelectElement)) return
  let worker: Worker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  const say = (sentence: string, look: '' | 'wrong'): void => {
    status.className = look
    status.textContent = sentence
  }
  const end = (): void => {
    worker?.terminate()
    worker = undefined
    stop.disabled = true
  }
  const print = (lines: readonly Line[]): void => {
    output.append(...lines.map(({ level, text }) => element('span', { class: level }, `${text}\n`)))
    output.scrollTop = output.scrollHeight
  }
  const hear = (event: EditorEvent): void => {
    switch (event.kind) {
      case 'begun':
        return say('Running …', '')
      case 'lines':
        return print(event.lines)
      case 'ended':
        return say(`The program came to its end (${event.seconds.toFixed(event.seconds < 10 ? 2 : 0)} s).`, '')
      case 'failed':
        end()
        mark(view, event.complaint)
        return say(event.complaint.sentence, 'wrong')
    }
  }
  const run = (): void => {
    end()
    mark(view, {})
    output.replaceChildren()
    say('Loading the library …', '')
    worker = opened()
    stop.disabled = false
    worker.onmessage = ({ data }: MessageEvent<EditorEvent>) => hear(data)
    worker.onerror = (event) => {
      end()
      say(
        `this browser cannot run it (${event.message}): use a recent Chromium, Firefox or Safari, and open the site through a server`,
        'wrong',
      )
    }
    worker.postMessage({ source: view.state.doc.toString(), site: location.href })
  }
  const view = editorIn(byId('editor'), run, (code) => {
    clearTimeout(timer)
    timer = setTimeout(() => share(code), PAUSE)
    choice.value = examples.find((each) => each.code === code)?.name ?? ''
  })
  choice.append(
    element('option', { value: '' }, 'your own'),
    ...examples.map(({ name, title }) => element('option', { value: name }, `${name}: ${title}`)),
  )
  choice.value = examples.find(({ code }) => code === view.state.doc.toString())?.name ?? ''
  choice.addEventListener('change', () => {
    const code = codeOf(choice.value)
    if (code !== undefined) view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: code } })
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    run()
  })
  stop.addEventListener('click', () => {
    end()
    say('Stopped.', '')
  })
  start.textContent = 'Run'
}

page()
