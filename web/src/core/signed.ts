/** Whether the list of pages is the bank's own: an Ed25519 signature over its canonical JSON. */

import { laidKey } from './start'

const KEY = 'fs.key'
type Facts = Record<string, unknown>

/** JSON as the bank signs it: members sorted, no spaces. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value as Facts).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, one]) => `${JSON.stringify(name)}:${canonical(one)}`).join(',')}}`
}

const bytes = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))

/** True or false; null where the browser has no Ed25519. */
async function fits(facts: Facts, signature: string, key: string): Promise<boolean | null> {
  try {
    const known = await crypto.subtle.importKey('raw', bytes(key), 'Ed25519', false, ['verify'])
    return await crypto.subtle.verify('Ed25519', known, bytes(signature), new TextEncoder().encode(canonical(facts)))
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === 'NotSupportedError') return null
    return false
  }
}

function keptKey(): string | null {
  try {
    return localStorage.getItem(KEY)
  } catch {
    return null
  }
}

async function askKey(): Promise<string | null> {
  const response = await fetch('/ui/key', { cache: 'no-cache' }).catch(() => null)
  if (!response?.ok) return null
  return keep(((await response.json()) as { ed25519: string }).ed25519)
}

function keep(key: string | null): string | null {
  try {
    if (key !== null) localStorage.setItem(KEY, key)
  } catch {
    // A phone in private mode asks each time.
  }
  return key
}

/**
 * Whether `found` carries the bank's signature. A key that does not fit is asked for anew once: the bank may have
 * changed it. Where neither key nor Ed25519 is to be had, pages are still held to the hashes that the list names.
 */
export async function genuine(found: object): Promise<boolean> {
  if (!('subtle' in crypto)) return true
  const { sig, ...facts } = found as Facts
  if (typeof sig !== 'string') return false
  const kept = keptKey()
  const key = kept ?? keep(laidKey()) ?? (await askKey())
  if (key === null) return true
  if ((await fits(facts, sig, key)) ?? true) return true
  const fresh = kept === null ? null : await askKey()
  return fresh !== null && fresh !== key && ((await fits(facts, sig, fresh)) ?? true)
}
