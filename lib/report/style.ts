/**
 * The style sheet of the reports: one page of typography, light and dark, with no file beside it.
 *
 * In dark mode the neutral colours of the charts are replaced by attribute selectors on their exact values.
 */
import { neutral } from './theme.ts'

const swap = (attribute: string, colour: string, variable: string): string =>
  `figure svg [${attribute}="${colour}"] { ${attribute}: var(${variable}); }`

/** The style sheet as text. */
export const styleSheet: string = `
:root { color-scheme: light dark; --ink: ${neutral.ink}; --quiet: ${neutral.quiet}; --grid: ${neutral.grid};
  --ground: ${neutral.ground}; --page: #f6f7f9; --base: #c14f29; --tilt: #7a52c7; --distilled: #16699d;
  --whole: #cfe6f6; --shadow: 0 1px 2px rgb(20 25 35 / .06), 0 6px 20px rgb(20 25 35 / .05); }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ee; --quiet: #9aa2b1; --grid: #343a46; --ground: #1c2027;
  --page: #14171c; --base: #ee8b69; --tilt: #b49aea; --distilled: #6bb7e6; --whole: #1d4560; --shadow: none; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.6 Inter, "Helvetica Neue", Helvetica, Arial,
  "DejaVu Sans", sans-serif; -webkit-font-smoothing: antialiased; overflow-wrap: break-word; }
main { max-width: 1080px; margin: 0 auto; padding: 56px 24px 80px; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -.02em; margin: 0 0 .35em; }
h2 { font-size: 1.2rem; letter-spacing: -.01em; margin: 3rem 0 .4rem; }
p { max-width: 46em; margin: .4em 0 1em; }
.setting, .note, .foot, figcaption, .caption { color: var(--quiet); font-size: .875rem; overflow-wrap: anywhere; }
.lead { font-size: 1.2rem; line-height: 1.5; margin: 1.2rem 0 1.8rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(190px, 1fr)); gap: 14px; margin: 0 0 28px; }
.card { background: var(--ground); border-radius: 12px; padding: 16px 18px 14px; box-shadow: var(--shadow); }
.card b { display: block; font-size: 1.7rem; line-height: 1.25; font-weight: 600; letter-spacing: -.02em;
  font-variant-numeric: tabular-nums; }
.card span { color: var(--quiet); font-size: .83rem; line-height: 1.4; display: block; }
.base { color: var(--base); } .tilt { color: var(--tilt); } .distilled { color: var(--distilled); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 18px;
  margin: 0 0 18px; }
figure { margin: 0; background: var(--ground); border-radius: 12px; padding: 12px; box-shadow: var(--shadow);
  min-width: 0; }
figure.wide { grid-column: 1 / -1; }
figcaption { margin: 8px 0 2px; line-height: 1.45; } figcaption b { color: var(--ink); font-weight: 600; }
.picture { overflow-x: auto; } .picture svg { display: block; margin: 0 auto; }
.picture img { display: block; width: 100%; max-width: 480px; margin: 0 auto; image-rendering: pixelated; }
.picture .on-narrow { display: none; }
.scroll { overflow-x: auto; } .scroll:focus-visible { outline: 2px solid var(--distilled); }
.box { background: var(--ground); border-radius: 12px; box-shadow: var(--shadow); padding: 6px 18px; margin: 0 0 18px; }
.box .caption { margin: 8px 0 4px; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 9px 14px 9px 0; border-bottom: 1px solid var(--grid); vertical-align: top; }
tr:last-child td, tr:last-child th { border-bottom: 0; }
th { font-weight: 600; white-space: nowrap; } thead th { color: var(--quiet); font-weight: 500; font-size: .82rem; }
td.number, th.number { text-align: right; white-space: nowrap; } thead th, thead th.number { white-space: normal;
  vertical-align: bottom; } td.quiet { color: var(--quiet); }
code, .string { font: .86rem/1.7 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.string { display: block; white-space: pre-wrap; overflow-wrap: anywhere; letter-spacing: .02em; }
.string + .string { margin-top: .45em; }
mark { background: var(--whole); color: inherit; border-radius: 3px; padding: 1px 0; font-weight: 700; }
u { text-decoration-color: var(--base); text-decoration-thickness: 2px; text-underline-offset: 4px; }
.foot { margin: 1rem 0 0; } :not(.foot) + .foot { margin-top: 3rem; }
@media (max-width: 640px) {
  main { padding: 28px 14px 48px; } .box { padding: 6px 12px; }
  th { white-space: normal; } tbody th { position: sticky; left: 0; background: var(--ground) padding-box; min-width: 5em; }
  thead th { min-width: 5em; } table { font-size: .84rem; } th, td { padding: 8px 9px 8px 0; }
  .picture .on-wide { display: none; } .picture .on-narrow { display: block; }
  .fold table, .fold tbody, .fold tr, .fold th, .fold td { display: block; min-width: 0; }
  .fold thead { display: none; } .fold tr { padding: 8px 0; border-bottom: 1px solid var(--grid); }
  .fold tr:last-child { border-bottom: 0; }
  .fold th, .fold td, .fold td.number { border: 0; padding: 2px 0; text-align: left; white-space: normal; }
  .fold td:empty { display: none; } .fold td[data-head]::before { content: attr(data-head) ": "; color: var(--quiet); }
}
${swap('fill', neutral.ground, '--ground')}
${swap('fill', neutral.ink, '--ink')}
${swap('stroke', neutral.ink, '--ink')}
${swap('fill', neutral.quiet, '--quiet')}
${swap('stroke', neutral.quiet, '--quiet')}
${swap('stroke', neutral.grid, '--grid')}
`
