/** The bank as a preview has it: live pages from the server with the draft among them, answers from test data, nothing done. */
import type { Json, Source } from '../console/designer/types'
import { canonical } from '../core/signed'
import { tellDesigner } from './wire'

const real = window.fetch.bind(window)
const held = new Map<string, string>()
export const shown = { page: null as Source | null, shell: null as Source | null, samples: {} as Record<string, Json> }

async function name(body: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(body)))
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function hold(part: Source): Promise<string> {
  const body = JSON.stringify(part)
  const hash = await name(body)
  held.set(hash, body)
  return hash
}

const json = (value: unknown): Response => new Response(typeof value === 'string' ? value : JSON.stringify(value), { headers: { 'content-type': 'application/json' } })

/** The preview's own key: its list of pages has a draft in it, which the bank has signed nowhere. */
const pair = crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']).catch(() => null) as Promise<CryptoKeyPair | null>
const base64 = (bytes: ArrayBuffer): string => btoa(String.fromCharCode(...new Uint8Array(bytes)))

async function signed(facts: Record<string, unknown>): Promise<Record<string, unknown>> {
  const own = await pair
  if (!own) return { ...facts, sig: '' }
  return { ...facts, sig: base64(await crypto.subtle.sign('Ed25519', own.privateKey, new TextEncoder().encode(canonical(facts)))) }
}

async function publicKey(): Promise<Response> {
  const own = await pair
  return own ? json({ ed25519: base64(await crypto.subtle.exportKey('raw', own.publicKey)) }) : new Response(null, { status: 404 })
}

async function manifest(url: string): Promise<Response> {
  const response = await real(url)
  if (!response.ok) return response
  const { sig: _, ...found } = (await response.json()) as { pages: Record<string, string>; elder: Record<string, string>; shell: string; sig: string }
  if (shown.page) {
    const id = String(shown.page['id'])
    found.pages[id] = await hold(shown.page)
    delete found.elder[id]
  }
  if (shown.shell) found.shell = await hold(shown.shell)
  return json(await signed(found))
}

function answer(op: string): Response {
  tellDesigner({ type: 'fs-asked', op })
  const sample = shown.samples[op]
  if (sample !== undefined) return json(sample)
  const problem = { kind: 'MISSING', code: 'PREVIEW.NO_SAMPLE', status: 404, facts: { op }, messages: { zh: `预览里没有 ${op} 的测试数据`, en: `No test data for ${op}` } }
  return new Response(JSON.stringify(problem), { status: 404, headers: { 'content-type': 'application/problem+json' } })
}

/** From now on this window asks the preview, never the bank. */
export function standIn(): void {
  // Nothing a preview learns is kept where the real app of this browser would find it.
  Storage.prototype.getItem = () => null
  Storage.prototype.setItem = () => undefined
  window.fetch = async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : String(input), location.origin)
    if (url.pathname.startsWith('/api/')) return answer(url.pathname.split('/').at(-1) ?? '')
    if (url.pathname === '/ui/key') return publicKey()
    if (url.pathname === '/ui/manifest') return manifest(url.href)
    const body = held.get(url.pathname.replace(/^\/ui\/p\/|\.json$/g, ''))
    return body === undefined ? real(input, init) : json(body)
  }
}
