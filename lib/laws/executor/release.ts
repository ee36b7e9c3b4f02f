/** Executors let programs and themselves be released at any time, and refuse what cannot be prepared. */
import { axis } from '../../axis.ts'
import type { Executor, Prepared, Program } from '../../executor.ts'
import { input, inputOf } from '../../ops/layout.ts'
import { program } from '../../program.ts'
import { openReference } from '../../reference.ts'
import { right, run } from '../../outcome.ts'
import { begun, dataOf, everything, failureOf, feeds, type ExecutorLaw, prepare, three } from './fixture.ts'
import { mustEqual } from '../same.ts'

/** All calls on a program fail with `Runtime`, and say why in these words. */
const isClosed = async (prepared: Prepared, why: string): Promise<void> => {
  const calls = {
    run: prepared.run(feeds()),
    'unread run': prepared.run(feeds(), []),
    'wrong run': prepared.run({}),
    readState: prepared.readState(),
    writeState: prepared.writeState({ s: three(1, 2, 3) }),
  }
  for (const [name, call] of Object.entries(calls)) {
    const found = await failureOf(name, call)
    mustEqual([found.tag, found.what], ['Runtime', why])
  }
}

const RELEASED = 'the program was released'
const ROOT = 'the program beside which this one was prepared was released'

const releases: readonly ExecutorLaw[] = [
  {
    title: 'after a release every call is a Runtime failure, and a second release is harmless',
    check: async (executor) => {
      const prepared = await begun(executor)
      const late = prepared.run(feeds())
      prepared.release()
      prepared.release()
      await isClosed(prepared, RELEASED)
      mustEqual((await failureOf('a task made before', late)).what, RELEASED)
      prepared.release()
    },
  },
  {
    title: 'calls made before a release are done, those made after it are not',
    check: async (executor) => {
      const prepared = await begun(executor)
      const before = [prepared.run(feeds(), ['next'])(), prepared.run(feeds(), ['next'])()]
      const state = prepared.readState(['s'])()
      prepared.release()
      const after = prepared.run(feeds())()
      const results = (await Promise.all(before)).map((r) => dataOf(right(r), 'next'))
      mustEqual(results, [
        [0, 0, 0],
        [1, 2, 3],
      ])
      mustEqual(dataOf(right(await state), 's'), [1, 2, 3])
      mustEqual((await after)._tag, 'Left')
    },
  },
  {
    title: 'another program of the same executor goes on after a release',
    check: async (executor) => {
      const [one, two] = [await begun(executor), await begun(executor)]
      one.release()
      mustEqual(dataOf(await run(two.run(feeds())), 'next'), [0, 0, 0])
      two.release()
    },
  },
  {
    title: 'a released executor closes its programs, and prepares none',
    check: async (_shared, open) => {
      const executor = await open()
      const [one, beside] = [await begun(executor), await prepare(executor)]
      const two = await prepare(executor, beside)
      const running = one.run(feeds(), ['next'])()
      executor.release()
      executor.release()
      mustEqual(dataOf(right(await running), 'next'), [0, 0, 0])
      for (const prepared of [one, beside, two]) await isClosed(prepared, 'the executor was released')
      for (const prepared of [two, one, beside]) prepared.release()
      const found = await failureOf('prepare', executor.prepare(everything()))
      mustEqual([found.tag, found.what], ['Runtime', 'the executor was released'])
    },
  },
]

const notBeside = async (executor: Executor, beside: Prepared, what: string): Promise<void> => {
  const found = await failureOf('beside', executor.prepare(everything(), beside))
  mustEqual([found.tag, found.what], ['Runtime', what])
}

const beside: readonly ExecutorLaw[] = [
  {
    title: 'a program whose root was released is closed, and nothing is prepared beside a released one',
    check: async (executor) => {
      const root = await begun(executor)
      const child = await prepare(executor, root)
      const grandchild = await prepare(executor, child)
      root.release()
      await isClosed(child, ROOT)
      await isClosed(grandchild, ROOT)
      for (const one of [root, child]) await notBeside(executor, one, ROOT)
      grandchild.release()
      child.release()
      await isClosed(child, RELEASED)
    },
  },
  {
    title: 'nothing is prepared beside what another executor prepared',
    check: async (executor) => {
      const other = openReference()
      const foreign = await begun(other)
      await notBeside(executor, foreign, 'the program to prepare beside was not prepared by this executor')
      other.release()
    },
  },
  {
    title: 'a state of other axes or another type is refused beside one of its name',
    check: async (executor) => {
      const root = await begun(executor)
      const wrong: Readonly<Record<string, Program>> = {
        axes: program({ s: input('s', axis('n', 4)) }, { s: input('s', axis('n', 4)) }, {}),
        type: program({ s: inputOf('i32')('s', axis('n', 3)) }, { s: inputOf('i32')('s', axis('n', 3)) }, {}),
        rows: program(
          { log: input('log', axis('time', 5), axis('n', 3)) },
          { log: input('log', axis('time', 5), axis('n', 3)) },
          {},
        ),
      }
      for (const [what, made] of Object.entries(wrong)) {
        const found = await failureOf(what, executor.prepare(made, root))
        mustEqual([found.tag, found.what.startsWith("state '")], ['Shape', true])
      }
      root.release()
    },
  },
]

const wrongPrograms: Readonly<Record<string, () => Program>> = {
  'a state whose next value has other axes': () => ({
    state: { s: { input: input('s', axis('n', 3)), next: input('t', axis('n', 4)) } },
    outputs: {},
  }),
  'a state whose next value has another type': () => ({
    state: { s: { input: input('s', axis('n', 3)), next: inputOf('i32')('t', axis('n', 3)) } },
    outputs: {},
  }),
  'a growing state whose row is a whole': () => ({
    state: { s: { input: input('s', axis('n', 3)), next: input('t', axis('n', 3)), at: inputOf('i32')('at') } },
    outputs: {},
  }),
  'a guard on states that there are not': () => ({
    ...everything(),
    guard: { states: ['fault', 'steps'], failure: () => ({ tag: 'NonFinite', what: '', remedy: '', facts: {} }) },
  }),
}

const programs = Object.entries(wrongPrograms).map(
  ([what, make]): ExecutorLaw => ({
    title: `${what} is refused with a Shape failure, without throwing`,
    check: async (executor) => {
      mustEqual((await failureOf(what, executor.prepare(make()))).tag, 'Shape')
    },
  }),
)

/** The laws of release and preparation. */
export const releaseLaws: readonly ExecutorLaw[] = [...releases, ...beside, ...programs]
