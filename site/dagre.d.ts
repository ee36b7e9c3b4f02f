/** The part of dagre that the playground uses (the package's own types do not resolve under Node's rules). */
declare module '@dagrejs/dagre' {
  interface Place {
    readonly x: number
    readonly y: number
  }

  interface Edge {
    readonly v: string
    readonly w: string
    readonly name: string
  }

  interface Graph {
    readonly setGraph: (layout: Readonly<Record<string, string | number>>) => void
    readonly graph: () => { readonly width?: number; readonly height?: number }
    readonly setNode: (name: string, size: { readonly width: number; readonly height: number }) => void
    readonly setEdge: (from: string, to: string, label: Readonly<Record<string, string | number>>, name: string) => void
    readonly nodes: () => readonly string[]
    readonly edges: () => readonly Edge[]
    readonly node: (name: string) => Place
    readonly edge: (edge: Edge) => Partial<Place> & { readonly points: readonly Place[]; readonly label: string }
  }

  const dagre: {
    readonly graphlib: { readonly Graph: new (options: { readonly multigraph: boolean }) => Graph }
    readonly layout: (graph: Graph) => void
  }
  export default dagre
}
