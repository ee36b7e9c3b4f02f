/** Exported programs beside the reference. */
import { expect } from 'vitest'
import type { Feeds, Program } from '../../lib/executor.ts'
import { at } from '../../lib/at.ts'
import { exportProgram, type ExportOptions, type OnnxFile } from '../../lib/onnx/export.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import type { ForeignTensor } from './foreign.ts'

/** The file of a program. */
export const exported = async <O extends string, D extends string>(options: ExportOptions<O, D>): Promise<OnnxFile> =>
  right(await exportProgram(options)())

/** Why a program has no file: tag, sentence, remedy. */
export const refused = async <O extends string, D extends string>(options: ExportOptions<O, D>): Promise<string> => {
  const result = await exportProgram(options)()
  return result._tag === 'Left' ? `${result.left.tag}: ${result.left.what}: ${result.left.remedy}` : 'exported'
}

/** 64 units in the last place of 1 + |y|: some rounding of sums over 8 units and 5 layers of operators. */
const bound = (y: number): number => 64 * 2 ** -23 * (1 + Math.abs(y))

/** Checks what a file gave against the reference, shapes included. */
export const agree = async (
  wanted: Program,
  feeds: Feeds,
  found: Readonly<Record<string, ForeignTensor>>,
): Promise<void> => {
  const exact = right(await evaluateOn(reference)(wanted.outputs, feeds)())
  for (const name of Object.keys(wanted.outputs)) {
    const want = exact[name]
    expect([name, found[name]?.dims]).toEqual([name, want?.axes.map((a) => a.size)])
    const worst = Math.max(
      0,
      ...Array.from(want?.data ?? [], (y, i) => Math.abs(y - at(found[name]?.data ?? [], i)) / bound(y)),
    )
    expect([name, worst <= 1]).toEqual([name, true])
  }
}
