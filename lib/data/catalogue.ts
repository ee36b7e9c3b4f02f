/**
 * Everything that can be fetched, by name: corpora, parallel corpora, sets of images, and the phone trigram.
 */
import { corpora, ENGLISH } from './corpus.ts'
import { imageKinds } from './images.ts'
import { parallelKinds } from './parallel.ts'
import { type Source, sources } from './sources.ts'

/** What a name stands for. */
export interface CatalogueEntry {
  readonly name: string
  readonly kind: 'text' | 'parallel' | 'images' | 'n-gram'
  readonly title: string
  readonly packages: readonly Source[]
}

/** The name of the phone trigram. */
export const PHONE_TRIGRAM = 'phone-trigram'

const texts: readonly CatalogueEntry[] = Object.entries(corpora).map(([name, { title, source }]) => ({
  name,
  kind: 'text',
  title,
  packages: [source],
}))

/** All entries, texts first. */
export const catalogue: readonly CatalogueEntry[] = [
  ...texts,
  {
    name: ENGLISH,
    kind: 'text',
    title: 'all of these together that can be had',
    packages: texts.flatMap(({ packages }) => packages),
  },
  ...Object.entries(parallelKinds).map(
    ([name, [{ title, packages }]]): CatalogueEntry => ({ name, kind: 'parallel', title, packages }),
  ),
  ...Object.entries(imageKinds).map(
    ([name, { title, source }]): CatalogueEntry => ({ name, kind: 'images', title, packages: [source] }),
  ),
  {
    name: PHONE_TRIGRAM,
    kind: 'n-gram',
    title: 'CMU Sphinx’s phone trigram of American English',
    packages: [sources.phoneModel, sources.sphinxTools, sources.sphinxLibrary],
  },
]

/** The licences of an entry's packages, each once. */
export const licenceOf = ({ packages }: CatalogueEntry): string =>
  [...new Set(packages.map(({ licence }) => licence))].join('; ')
