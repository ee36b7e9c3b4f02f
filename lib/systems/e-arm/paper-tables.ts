/**
 * What the paper reports in the tables that the experiments here reproduce at other sizes: to be shown beside them.
 */

/** Table 4: perplexity on WikiText-103 of Tr-Base after 40 epochs, by λ and start epoch. */
export const tableFour: readonly {
  readonly lambda: number
  readonly startEpoch: number
  readonly perplexity: number
}[] = (
  [
    [0, [30.56, 30.56, 30.56]],
    [0.01, [30.48, 30.12, 30.22]],
    [0.05, [30.43, 29.89, 30.16]],
    [0.1, [30.6, 30.03, 30.14]],
    [0.5, [30.71, 30.36, 30.47]],
  ] as const
).flatMap(([lambda, row]) =>
  [5, 15, 25].map((startEpoch, i) => ({ lambda, startEpoch, perplexity: row[i] ?? Number.NaN })),
)

/** Table 11: seconds for 100 iterations of the 12-layer translation transformer, by the names of `updateKinds`. */
export const tableEleven: Readonly<Record<string, number>> = {
  plain: 27.3,
  'scheduled sampling': 30.1,
  'E-ARM': 145.8,
  both: 149.2,
  'SGLD 20': 630.6,
  'SGLD 50': 1452.3,
}

/** What the paper reports for tests without and with E-ARM: Table 3 (perplexity) and Table 5 (bits per dimension). */
export const testMeasures: readonly {
  readonly network: 'transformer' | 'transformer-xl' | 'pixelcnn' | 'gated-pixelcnn'
  readonly data: string
  readonly plain: number
  readonly eArm: number
}[] = [
  { network: 'transformer', data: 'WikiText-103', plain: 30.56, eArm: 29.89 },
  { network: 'transformer-xl', data: 'WikiText-103', plain: 24.2, eArm: 23.81 },
  { network: 'pixelcnn', data: 'MNIST', plain: 0.17, eArm: 0.15 },
  { network: 'gated-pixelcnn', data: 'MNIST', plain: 0.14, eArm: 0.12 },
]
