/** Where somebody was to go, as one text (`transfer?number=62…`): kept over a log-in, never followed without a look. */
import { hashOf, pageOf } from './manifest'

export interface Place {
  page: string
  params: Record<string, string>
}

const LINK_MAX = 600
const NAME = /^[a-z][a-z0-9-]{0,79}$/

export function writeLink(page: string, params: Record<string, string>): string {
  const query = new URLSearchParams(params).toString()
  const link = query ? `${page}?${query}` : page
  return link.length > LINK_MAX ? page : link
}

/** The place a link names, if the bank publishes it, with those parameters which that page declares; null otherwise. */
export async function followed(link: string): Promise<Place | null> {
  const [page = '', ...rest] = link.split('?')
  const hash = link.length <= LINK_MAX && NAME.test(page) ? hashOf(page) : null
  if (!hash) return null
  const declared = (await pageOf(hash)).params ?? {}
  const given = [...new URLSearchParams(rest.join('?'))].filter(([name]) => Object.hasOwn(declared, name))
  return { page, params: Object.fromEntries(given) }
}
