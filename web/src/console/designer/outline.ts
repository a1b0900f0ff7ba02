/** The tree an operator sees: zones of a page and the blocks in them, each with its place in the source. */
import type { Place } from './place'
import type { Json, Source } from './types'
import { isBilingual } from './wire'

export interface Branch {
  place: Place
  kind: string
  label: string
  kids: Branch[]
  /** Whether other blocks may be put into it. */
  box: boolean
  hidden: boolean
}
export interface Zone {
  /** `blocks`, `foot`, `sheet` or `sheetFoot`; the name of the sheet beside it. */
  zone: 'blocks' | 'foot' | 'sheet' | 'sheetFoot'
  name: string
  elder: boolean
  list: Place
  branches: Branch[]
}

const isBox = (value: Json | undefined): value is Source => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The words by which one knows a block: its title, label or text, without the holes. */
function label(block: Source, english: boolean): string {
  for (const name of ['title', 'label', 'text', 'name', 'placeholder']) {
    const value = block[name]
    const said = isBilingual(value) ? (english ? value.en : value.zh) : typeof value === 'string' ? value : ''
    if (said) return said.replace(/\{\{.*?\}\}/g, '…')
  }
  return ''
}

export function branches(list: Json | undefined, place: Place, english = false): Branch[] {
  if (!Array.isArray(list)) return []
  return list.map((block, at) => {
    const box = isBox(block) ? block : {}
    const here = [...place, at]
    const holds = Array.isArray(box['kids']) || box['t'] === 'form' || box['t'] === 'group'
    return {
      place: here,
      kind: String(box['t'] ?? ''),
      label: label(box, english),
      kids: branches(box['kids'], [...here, 'kids'], english),
      box: holds,
      hidden: box['show'] === 'false',
    }
  })
}

function sheetsOf(page: Source, head: Place, elder: boolean, english: boolean): Zone[] {
  const sheets = isBox(page['sheets']) ? page['sheets'] : {}
  return Object.entries(sheets).flatMap(([name, sheet]) => {
    const at = [...head, 'sheets', name]
    const box = isBox(sheet) ? sheet : {}
    return [
      { zone: 'sheet' as const, name, elder, list: [...at, 'blocks'], branches: branches(box['blocks'], [...at, 'blocks'], english) },
      { zone: 'sheetFoot' as const, name, elder, list: [...at, 'foot'], branches: branches(box['foot'], [...at, 'foot'], english) },
    ]
  })
}

/** The zones one reader sees: an elder's own when the page has them, else those of everybody. */
export function zones(source: Source, elder: boolean, english = false): Zone[] {
  const variants = isBox(source['variants']) ? source['variants'] : {}
  const own = elder && isBox(variants['elder']) ? variants['elder'] : null
  const zone = (name: 'blocks' | 'foot'): Zone => {
    const theirs = own && Array.isArray(own[name])
    const list: Place = theirs ? ['variants', 'elder', name] : [name]
    return { zone: name, name: '', elder: Boolean(theirs), list, branches: branches(theirs ? own[name] : source[name], list, english) }
  }
  const head: Place = own && isBox(own['sheets']) ? ['variants', 'elder'] : []
  return [zone('blocks'), zone('foot'), ...sheetsOf(own && head.length ? own : source, head, head.length > 0, english)]
}

export function flat(trees: readonly Branch[]): Branch[] {
  return trees.flatMap((one) => [one, ...flat(one.kids)])
}
