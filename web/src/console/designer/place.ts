/** Places in a source: `blocks[2].items[0].text` and the steps it is made of; and changing a source without touching the old one. */
import type { Json, Source } from './types'

export type Step = string | number
export type Place = readonly Step[]

export function written(place: Place): string {
  return place.reduce<string>((said, step) => (typeof step === 'number' ? `${said}[${step}]` : said ? `${said}.${step}` : step), '')
}

export function parsed(at: string): Place {
  return Array.from(at.matchAll(/([^.[\]]+)|\[(\d+)\]/g), (hit) => (hit[2] === undefined ? (hit[1] as string) : Number(hit[2])))
}

export function at(box: Json | undefined, place: Place): Json | undefined {
  return place.reduce<Json | undefined>((found, step) => {
    if (Array.isArray(found)) return typeof step === 'number' ? found[step] : undefined
    if (typeof found !== 'object' || found === null) return undefined
    return Object.hasOwn(found, step) ? found[String(step)] : undefined
  }, box)
}

/** A copy in which `value` stands at `place`; undefined takes the member away. */
export function put<T extends Json>(box: T, place: Place, value: Json | undefined): T {
  const [step, ...rest] = place
  if (step === undefined) return value as T
  if (typeof step === 'number') {
    const list = Array.isArray(box) ? [...box] : []
    if (value === undefined && !rest.length) list.splice(step, 1)
    else list[step] = put(list[step] ?? null, rest, value)
    return list as Json as T
  }
  const copy: Source = typeof box === 'object' && box !== null && !Array.isArray(box) ? { ...box } : {}
  if (value === undefined && !rest.length) delete copy[step]
  else copy[step] = put(copy[step] ?? (typeof rest[0] === 'number' ? [] : {}), rest, value)
  return copy as Json as T
}

/** The list a place stands in, and its number there. */
export function seat(place: Place): { list: Place; index: number } | null {
  const index = place.at(-1)
  return typeof index === 'number' ? { list: place.slice(0, -1), index } : null
}

function listAt(box: Source, list: Place): Json[] {
  const found = at(box, list)
  return Array.isArray(found) ? found : []
}

export function insert(box: Source, list: Place, index: number, item: Json): Source {
  const items = [...listAt(box, list)]
  items.splice(Math.max(0, Math.min(index, items.length)), 0, item)
  return put(box, list, items)
}

export function remove(box: Source, place: Place): Source {
  return put(box, place, undefined)
}

export const starts = (place: Place, head: Place): boolean => head.every((step, n) => place[n] === step)

/** Move what stands at `from` before `index` of `list`; null when it would be put inside itself. */
export function move(box: Source, from: Place, list: Place, index: number): { source: Source; place: Place } | null {
  const was = seat(from)
  const item = at(box, from)
  if (!was || item === undefined || starts(list, from)) return null
  const same = written(was.list) === written(list)
  const target = same && was.index < index ? index - 1 : index
  const without = remove(box, from)
  const where = [...list]
  // Taking it away moved what came after it in the same list, and with it a list that lies deeper in one of those.
  const depth = was.list.length
  const step = where[depth]
  if (!same && starts(where, was.list) && typeof step === 'number' && step > was.index) where[depth] = step - 1
  const length = listAt(without, where).length
  const end = Math.max(0, Math.min(target, length))
  return { source: insert(without, where, end, item), place: [...where, end] }
}
