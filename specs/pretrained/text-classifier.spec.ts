/** Classifiers of texts from folders: their probabilities are the file's, and tilt a model to texts of a label. */
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { describeFailure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { logSumExp, sum } from '../../lib/math.ts'
import { textClassifier } from '../../lib/pretrained/text-classifier.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { left, right, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import { logitsOf, writeClassifier } from '../onnx/classifier.ts'
import { bigram, everyString } from '../tilt/small.ts'

/** Letters are symbols from 1; the end stands before and behind them. */
const tokensOf = (text: string): readonly number[] => [0, ...Array.from(text, (c) => c.charCodeAt(0) - 96), 0]

const logsOf = (text: string): readonly number[] => {
  const logits = logitsOf(tokensOf(text))
  return logits.map((logit) => logit - logSumExp(logits))
}

describe('a classifier of texts', () => {
  it('says of texts of any lengths what its file says of each alone', () =>
    withFolder(async (folder) => {
      const classifier = await run(textClassifier(writeClassifier(folder), { threads: 1 }))
      expect(classifier.labels).toEqual(['dull', 'bright'])
      expect(classifier.description).toContain('model.onnx (2 labels) on ONNX Runtime')
      const texts = ['ab', '', 'o', 'cab', 'ba', 'fedcba']
      const found = await run(classifier.logProbabilities(texts))
      for (const [i, text] of texts.entries())
        for (const label of [0, 1]) expect(at(at(found, i), label)).toBeCloseTo(at(logsOf(text), label), 5)
      const energies = await run(right(classifier.energy('bright'))(texts))
      expect(energies).toEqual(Float64Array.from(found, (logs) => -at(logs, 1)))
      classifier.release()
    }))

  it('tilts a model to the texts of a label: q·P(label | x), log Z and shares by writing down all', () =>
    withFolder(async (folder) => {
      const classifier = await run(textClassifier(writeClassifier(folder), { threads: 1 }))
      const letters = bigram(['a', 'b', 'c'], 11)
      const energy = right(classifier.energy('bright'))
      const found = await run(
        smc(key(3), { particles: 9000, islands: 30 })({
          model: ngramModel(letters),
          energy,
          limit: 4,
        }),
      )
      const masses = everyString(letters, 4).map(
        ({ text, ended }) => [text, ended * Math.exp(at(logsOf(text), 1))] as const,
      )
      const Z = sum(masses.map(([, mass]) => mass))
      const { value, standardError } = found.logPartition
      expect(Math.abs(value - Math.log(Z))).toBeLessThan(4 * standardError)
      expect(standardError).toBeLessThan(0.03)
      for (const [text, mass] of masses.filter(([, own]) => own / Z > 0.05)) {
        const share = sum(found.texts.map((each, i) => (each === text ? at(found.weights, i) : 0)))
        expect([text, Math.abs(share - mass / Z) < 0.04]).toEqual([text, true])
      }
      classifier.release()
    }))

  it('knows labels that do not exclude each other', () =>
    withFolder(async (folder) => {
      const own = writeClassifier(folder, { problem_type: 'multi_label_classification' })
      const classifier = await run(textClassifier(join(own, 'onnx', 'model.onnx'), { threads: 1 }))
      const [found] = await run(classifier.logProbabilities(['abc']))
      const logits = logitsOf(tokensOf('abc'))
      for (const label of [0, 1])
        expect(at(found ?? new Float64Array(0), label)).toBeCloseTo(-Math.log1p(Math.exp(-at(logits, label))), 5)
      classifier.release()
    }))

  it('that is none is refused in one sentence', () =>
    withFolder(async (folder) => {
      const classifier = await run(textClassifier(writeClassifier(folder), { threads: 1 }))
      expect(describeFailure(left(classifier.energy('loud')))).toBe(
        `${folder} has no label 'loud': give one of dull, bright.`,
      )
      expect(describeFailure(left(await classifier.logProbabilities(['ab', 'abcabca'])()))).toBe(
        `a text has 9 tokens, and the classifier ${folder} reads 1 to 8: give shorter texts (a lower limit), or another classifier.`,
      )
      classifier.release()
      const said = async (): Promise<string> => describeFailure(left(await textClassifier(folder)()))
      const causal = (name: string): string => fileURLToPath(new URL(`../fixtures/causal/${name}`, import.meta.url))
      copyFileSync(causal('cached.onnx'), join(folder, 'onnx', 'model.onnx'))
      expect(await said()).toMatch(/has inputs that no classifier of texts has \(position_ids, past_key_values/)
      copyFileSync(causal('plain.onnx'), join(folder, 'onnx', 'model.onnx'))
      expect(await said()).toMatch(/does not classify one token \(.* not of \[batch, labels\]\): export a model for/)
      rmSync(join(folder, 'onnx', 'model.onnx'))
      expect(await said()).toMatch(/holds no \.onnx file/)
    }))
})
