"""The look of a report: light and dark, narrow and wide, on screen and on paper."""

CSS = """
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --ink: #1d1c1a; --soft: #66625b; --line: #dedad2; --card: #fff;
  --good: #18794e; --bad: #b3391f; --open: #80590a; --mark: #e9f3ec;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #171614; --ink: #edebe6; --soft: #a8a399; --line: #38352f; --card: #1f1d1a;
    --good: #6fcf9b; --bad: #ff9680; --open: #e3b75c; --mark: #1f3228;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 76rem; padding: 2.5rem 1.25rem 4rem;
  background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
h1 { font-size: 1.05rem; font-weight: 600; color: var(--soft); margin: 0 0 .5rem; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 3rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.75rem 0 .5rem; }
p, li { max-width: 46rem; }
.lead { font-size: 1.6rem; line-height: 1.35; margin: 0 0 .75rem; text-wrap: pretty; }
.lead.better { color: var(--good); } .lead.worse { color: var(--bad); }
.lead.open { color: var(--open); }
.soft, figcaption, caption { color: var(--soft); font-size: .9rem; }
.scroll { overflow-x: auto; }
.grids { display: flex; flex-wrap: wrap; gap: 1rem 2.5rem; }
.grids th, .grids td { padding: .3rem .6rem; }
hr { border: 0; border-top: 1px solid var(--line); margin: 4rem 0 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .95rem; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { padding: .4rem .8rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; }
th:first-child { text-align: left; white-space: nowrap; } td { white-space: nowrap; }
th small { display: block; font-weight: 400; color: var(--soft); }
td small { display: block; color: var(--soft); font-size: .78rem; white-space: nowrap; }
tr.model th { color: var(--ink); } tr.baseline th { font-weight: 400; color: var(--soft); }
td.best { background: var(--mark); font-weight: 700; } td.best small { font-weight: 400; }
.better { color: var(--good); } .worse { color: var(--bad); } .open { color: var(--open); }
svg.interval { display: block; width: 20rem; height: 1.5rem; }
.sheet { display: grid; gap: .5rem; margin: 1rem 0 1.75rem; overflow-x: auto; }
.sheet figure { margin: 0; min-width: 8rem; }
.sheet img { display: block; width: 100%; height: auto; border-radius: 3px; }
.sheet figcaption { padding-top: .25rem; line-height: 1.35; overflow-wrap: anywhere; }
.sheet b { color: var(--ink); font-weight: 600; }
.swatch { display: flex; flex-wrap: wrap; margin: .25rem 0; max-width: 46rem; }
.swatch i { flex: 1 0 1.4rem; max-width: 3rem; height: 2rem; }
img.curve { max-width: 100%; height: auto; background: #fff; border-radius: 3px; }
details summary { cursor: pointer; margin: 1rem 0; }
footer { margin-top: 4rem; border-top: 1px solid var(--line); padding-top: 1rem; }
@media print { body { max-width: none; } .sheet, table { break-inside: avoid; } }
"""
