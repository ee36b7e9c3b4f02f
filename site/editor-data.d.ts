/** What the build puts beside the editor (scripts/editor-data.ts): the programs it offers, and the names that it completes. */
declare module 'exptilt-site/examples' {
  /** Programs that run in a page, by name. */
  export const examples: readonly { readonly name: string; readonly title: string; readonly code: string }[]
}

declare module 'exptilt-site/names' {
  /** A public name: how it is declared, and the first sentence about it. */
  export interface Name {
    readonly name: string
    readonly kind: 'value' | 'type' | 'namespace'
    readonly signature: string
    readonly about: string
  }
  /** Names by module; those of a namespace of the root under `exptilt.NAMESPACE`. */
  export const names: Readonly<Record<string, readonly Name[]>>
}

declare module 'exptilt-site/search' {
  /** Places of the site with their texts (scripts/site-search.ts). */
  export const sections: readonly { readonly title: string; readonly path: string; readonly text: string }[]
}
