/** A bank's layer over the province's page: edited as if it were a page, kept as the single blocks that differ. */
import type { Json, Source } from './types'

/** Where a block stood in the page below; taken off before anything is sent. */
const MARK = '$at'
const isBox = (value: Json | undefined): value is Source => typeof value === 'object' && value !== null && !Array.isArray(value)

function lists(source: Source): [string, Json[]][] {
  const zones: [string, Json | undefined][] = [['blocks', source['blocks']], ['foot', source['foot']]]
  return zones.filter((one): one is [string, Json[]] => Array.isArray(one[1]))
}

/** The source with each of its outer blocks knowing its place. */
export function marked(source: Source): Source {
  const made = { ...source }
  for (const [zone, list] of lists(source)) made[zone] = list.map((block, at) => (isBox(block) ? { ...block, [MARK]: `${zone}[${at}]` } : block))
  return made
}

/** Without those marks, to the bottom. */
export function bare<T extends Json>(value: T): T {
  if (Array.isArray(value)) return value.map(bare) as Json as T
  if (!isBox(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== MARK).map(([name, item]) => [name, bare(item)])) as Json as T
}

const same = (a: Json | undefined, b: Json | undefined): boolean => JSON.stringify(bare(a ?? null)) === JSON.stringify(bare(b ?? null))

/** The override that makes `below` into `now`. */
function cut(below: Source, now: Source, page: string): Source {
  const blocks: Json[] = []
  const after = new Map(lists(now))
  for (const [zone, list] of lists(below)) {
    const mine = after.get(zone) ?? []
    const kept = new Map(mine.filter(isBox).map((block) => [block[MARK], block]))
    for (const [at, block] of list.entries()) {
      const here = kept.get(`${zone}[${at}]`)
      if (!here) blocks.push({ at: `${zone}[${at}]`, do: 'hide' })
      else if (!same(here, block)) blocks.push({ at: `${zone}[${at}]`, do: 'replace', block: bare(here) })
    }
    let last = ''
    let waiting: Json[] = []
    for (const block of mine) {
      const mark = isBox(block) ? block[MARK] : undefined
      if (typeof mark !== 'string') {
        if (last) blocks.push({ at: last, do: 'after', block: bare(block) })
        else waiting.push({ do: 'before', block: bare(block) })
        continue
      }
      for (const one of waiting) blocks.push({ ...(one as Source), at: mark })
      waiting = []
      last = mark
    }
  }
  return { v: 1, page, blocks, texts: [] }
}

/** `below` with an override laid over it, as the bench shows it. */
function laid(below: Source, override: Source): Source {
  const made = { ...below }
  const steps = Array.isArray(override['blocks']) ? override['blocks'].filter(isBox) : []
  for (const step of steps) {
    const zone = String(step['at']).replace(/\[.*$/, '')
    const list = made[zone]
    if (!Array.isArray(list)) continue
    const at = list.findIndex((block) => isBox(block) && (block[MARK] === step['at'] || `@${String(block['id'])}` === step['at']))
    const was = list[at]
    if (at < 0 || !isBox(was)) continue
    const block = isBox(step['block']) ? step['block'] : {}
    const next = [...list]
    if (step['do'] === 'hide') next.splice(at, 1)
    else if (step['do'] === 'replace') next[at] = { ...block, [MARK]: was[MARK] ?? '' }
    else if (step['do'] === 'before') next.splice(at, 0, block)
    else {
      let end = at + 1
      while (end < next.length && isBox(next[end]) && !(next[end] as Source)[MARK]) end += 1
      next.splice(end, 0, block)
    }
    made[zone] = next
  }
  return made
}

export const overrideOf = { cut, laid }
