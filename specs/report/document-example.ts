/** A document with every kind of block in it, and pictures for its figures that need no drawing. */
import {
  cards,
  column,
  type Document,
  drawnWith,
  figure,
  foot,
  heading,
  image,
  lead,
  note,
  numeric,
  onPage,
  quiet,
  samples,
  setting,
  table,
  title,
  verbatim,
} from '../../lib/report/document.ts'
import { type Drawn, isImage } from '../../lib/report/draw.ts'
import { themed } from '../../lib/report/theme.ts'

const chart = themed(
  'Loss <1>',
  'of each "step" & epoch',
)({
  data: { values: [{ x: 1 }] },
  mark: 'point',
  encoding: { x: { field: 'x', type: 'quantitative' } },
})

/** Every block kind, with what HTML must escape in each. */
export const everyBlock: Document = [
  title('Title <t>'),
  setting('setting <s>'),
  lead('lead <l>'),
  cards({ value: '9 <v>', meaning: 'meaning <m>', look: 'distilled' }),
  heading('Heading <h>'),
  note(['note <n> P', { text: 'joint<b>', kind: 'below' }]),
  table(
    'Table <t>',
    [1, 2],
    [
      column('head <w>', (row) => `words <${row}>`),
      numeric('head <n>', (row) => String(row)),
      quiet('head "q"', (row) => `quiet <${row}>`),
      verbatim('head <s>', (row) => ['str\t<ing> ', { text: `<${row}>`, kind: 'whole' }]),
    ],
  ),
  samples('Samples <s>', [{ label: 'label <l>', texts: ['one <1>', ['two ', { text: '<2>', kind: 'part' }]] }]),
  figure('loss', chart, 'alt <a> "q"'),
  image('grid', Uint8Array.of(1, 2, 3), { title: 'Grid <g>', text: 'caption <c>' }, 'alt <i>'),
  onPage(heading('Paged <p>'), figure('hidden', chart, 'another')),
  foot('foot <f>'),
]

/** The same with made-up SVG for the charts. */
export const drawnWithoutCharts = (document: Document): Document<Drawn> =>
  drawnWith(
    ({ name, picture }: (typeof document)[number] & { readonly kind: 'figure' }): Drawn =>
      isImage(picture)
        ? picture
        : {
            svg: `<svg class="marks" xmlns="http://www.w3.org/2000/svg"><g id="a"/><use href="#a"/><text>${name}</text></svg>`,
            narrow: `<svg xmlns="http://www.w3.org/2000/svg"><g id="a"/><text>narrow</text></svg>`,
            titled: `<svg>titled ${name}</svg>`,
          },
  )(document)
