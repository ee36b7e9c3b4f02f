/** A machine as a picture: states in layers, those that accept with two rings, arcs with the symbols that they read. */
import dagre from '@dagrejs/dagre'
import { at } from '../lib/at.ts'
import type { Drawing } from './compute.ts'
import { shape } from './dom.ts'

const RADIUS = 17
const MARGIN = 14
/** Room above a state for its loop. */
const LOOP = 30

interface Point {
  readonly x: number
  readonly y: number
}

/** A smooth curve through points, by quadratic pieces between the middles of its sides. */
const curve = (points: readonly Point[]): string => {
  const middle = (a: Point, b: Point): string => `${(a.x + b.x) / 2},${(a.y + b.y) / 2}`
  const show = ({ x, y }: Point): string => `${x},${y}`
  const inner = points
    .slice(1, -1)
    .map(
      (p, i) =>
        `Q${show(p)} ${i === points.length - 3 ? show(at(points, points.length - 1)) : middle(p, at(points, i + 2))}`,
    )
  return `M${show(at(points, 0))} ${inner.length === 0 ? `L${show(at(points, points.length - 1))}` : inner.join(' ')}`
}

/** The picture; it says in words what it shows. */
export const diagram = (drawing: Drawing): SVGElement => {
  const graph = new dagre.graphlib.Graph({ multigraph: true })
  graph.setGraph({ rankdir: 'LR', nodesep: 26, ranksep: 44, marginx: MARGIN, marginy: MARGIN })
  const loops = new Map(drawing.arcs.flatMap(({ from, to, label }) => (from === to ? [[from, label] as const] : [])))
  for (let state = 0; state < drawing.states; state++)
    graph.setNode(String(state), { width: 2 * RADIUS, height: 2 * (loops.has(state) ? RADIUS + LOOP : RADIUS) })
  const others = drawing.arcs.filter(({ from, to }) => from !== to)
  others.forEach(({ from, to, label }, i) =>
    graph.setEdge(String(from), String(to), { width: 9 * label.length, height: 16, labelpos: 'c', label }, String(i)),
  )
  dagre.layout(graph)
  const { width = 0, height = 0 } = graph.graph()
  const arcs = graph.edges().flatMap((name) => {
    const { points, x, y, label } = graph.edge(name)
    return [
      shape('path', { d: curve(points), class: 'arc', 'marker-end': 'url(#arrow)' }),
      shape('text', { x: x ?? 0, y: (y ?? 0) + 4, class: 'label' }, String(label)),
    ]
  })
  const states = graph.nodes().flatMap((name) => {
    const { x, y } = graph.node(name)
    const state = Number(name)
    const loop = loops.get(state)
    return [
      ...(loop === undefined
        ? []
        : [
            shape('path', {
              d: `M${x - 9},${y - 14.5} C${x - 22},${y - RADIUS - LOOP} ${x + 22},${y - RADIUS - LOOP} ${x + 9},${y - 14.5}`,
              class: 'arc',
              'marker-end': 'url(#arrow)',
            }),
            shape('text', { x, y: y - RADIUS - LOOP + 6, class: 'label' }, loop),
          ]),
      shape('circle', { cx: x, cy: y, r: RADIUS, class: state === drawing.start ? 'state start' : 'state' }),
      ...(drawing.accepting.includes(state) ? [shape('circle', { cx: x, cy: y, r: RADIUS - 4, class: 'ring' })] : []),
      shape('text', { x, y: y + 4, class: 'name' }, name),
    ]
  })
  const title = `An automaton of ${drawing.states} states and ${drawing.arcs.length} arcs; ${drawing.accepting.length} of the states accept.`
  return shape(
    'svg',
    { viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': title, class: 'diagram' },
    shape(
      'defs',
      {},
      shape(
        'marker',
        { id: 'arrow', viewBox: '0 0 10 10', refX: 9, refY: 5, markerWidth: 7, markerHeight: 7, orient: 'auto' },
        shape('path', { d: 'M0,0 L10,5 L0,10 z', class: 'head' }),
      ),
    ),
    ...arcs,
    ...states,
  )
}
