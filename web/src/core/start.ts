/** What the bank laid into the frame for this opening: list, key, tab bar and first page. Held to hash and signature like anything else. */
import { env } from './env'

interface Start {
  key: string
  manifest: { locale: string; cohort: string }
  bodies: Record<string, string>
}

const COOKIE = 'fs_view'
const YEAR_S = 31_536_000
let start = laid()

function laid(): Start | null {
  const words = document.getElementById('start')?.textContent
  try {
    return words ? (JSON.parse(words) as Start) : null
  } catch {
    return null
  }
}

/** The list in the frame, once, if it is that of this reader. */
export function laidList(cohort: string): object | null {
  const found = start?.manifest
  if (!start || !found || found.locale !== env.locale || (cohort && found.cohort !== cohort)) return null
  start = { ...start, manifest: { locale: '', cohort: '' } }
  return found
}

/** The bytes of a page that came with the frame. */
export function laidBody(hash: string): Uint8Array<ArrayBuffer> | null {
  return start && Object.hasOwn(start.bodies, hash) ? new TextEncoder().encode(start.bodies[hash]) : null
}

export const laidKey = (): string | null => start?.key ?? null

/** Tell the bank which start to lay into the next frame. A hint: what does not fit is asked for. */
export function rememberView(cohort: string): void {
  const view = encodeURIComponent(`${env.locale}~${env.elder ? 1 : 0}~${cohort}`)
  document.cookie = `${COOKIE}=${view}; path=/; max-age=${YEAR_S}; samesite=strict`
}
