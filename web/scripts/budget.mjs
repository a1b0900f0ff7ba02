// Adds up what the first page and each later part cost a phone, gzip, and fails when it is more than we promised.
// `node scripts/budget.mjs` after a build; `--json` for programs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('../../fengshou/web_dist/', import.meta.url))
const FIRST_MAX = 90 * 1024
const LATER_MAX = 25 * 1024

const manifest = JSON.parse(readFileSync(join(root, '.vite/manifest.json'), 'utf8'))
const sizes = new Map()

function gzip(file) {
  if (!sizes.has(file)) sizes.set(file, gzipSync(readFileSync(join(root, file)), { level: 9 }).length)
  return sizes.get(file)
}

/** Every file that comes with a chunk: itself, what it imports, their sheets. */
function files(key, found = new Set()) {
  const chunk = manifest[key]
  if (!chunk || found.has(chunk.file)) return found
  found.add(chunk.file)
  for (const sheet of chunk.css ?? []) found.add(sheet)
  for (const other of chunk.imports ?? []) files(other, found)
  return found
}

const sum = (names) => [...names].reduce((all, name) => all + gzip(name), 0)
const first = files('index.html')
const later = new Map()

/** What is asked for only when a page needs it, beyond what is there already. */
function follow(key, seen) {
  for (const chunk of [manifest[key], ...(manifest[key]?.imports ?? []).map((other) => manifest[other])]) {
    for (const lazy of chunk?.dynamicImports ?? []) {
      if (seen.has(lazy)) continue
      seen.add(lazy)
      later.set(lazy.replace(/^src\//, ''), sum([...files(lazy)].filter((name) => !first.has(name))))
      follow(lazy, seen)
    }
  }
}
follow('index.html', new Set())

const report = { first: sum(first), first_max: FIRST_MAX, later: Object.fromEntries(later), later_max: LATER_MAX, designer_first: files('console.html').has('DesignerPage') }
const over = [...later].filter(([, size]) => size > LATER_MAX)
if (process.argv.includes('--json')) process.stdout.write(`${JSON.stringify(report)}\n`)
else {
  const kb = (size) => `${(size / 1024).toFixed(1)} KB`
  process.stdout.write(`first page ${kb(report.first)} of ${kb(FIRST_MAX)}\n`)
  for (const [name, size] of [...later].sort((a, b) => b[1] - a[1])) process.stdout.write(`  later ${kb(size).padStart(8)}  ${name}\n`)
}
if (report.first > FIRST_MAX || over.length) {
  process.stderr.write(`over budget: ${report.first > FIRST_MAX ? 'the first page ' : ''}${over.map(([name]) => name).join(' ')}\n`)
  process.exit(1)
}
