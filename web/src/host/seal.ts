/** Seals what is typed on the keypad for one act, before anything else on the page could see it; the twin of fengshou/access/keypad.py. */
import { ask } from '../core/net'
import { isObject, text } from '../core/values'

interface Key {
  kid: string
  point: Uint8Array<ArrayBuffer>
  /** How far the bank's clock is ahead of the phone's, in milliseconds. */
  ahead: number
}

const bytes = (said: string): Uint8Array<ArrayBuffer> => Uint8Array.from(atob(said), (sign) => sign.charCodeAt(0))
const utf8 = (said: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(said))

async function key(): Promise<Key> {
  const answer = await ask('keypad.key')
  const said = isObject(answer) ? answer : {}
  return { kid: text(said['kid']), point: bytes(text(said['public'])), ahead: Date.parse(text(said['now'])) - Date.now() }
}

/** `secret` so that only the bank opens it, and only for `act`, within minutes. */
export async function seal(secret: string, act: string): Promise<string> {
  const { kid, point, ahead } = await key()
  const curve = { name: 'ECDH', namedCurve: 'P-256' } as const
  const theirs = await crypto.subtle.importKey('raw', point, curve, false, [])
  const own = await crypto.subtle.generateKey(curve, false, ['deriveBits'])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: theirs }, own.privateKey, 256)
  const base = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8(`fengshou keypad ${kid}`) }
  const cipher = await crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt'])
  const iv = crypto.getRandomValues(new Uint8Array(12))
  const said = utf8(JSON.stringify({ at: new Date(Date.now() + ahead).toISOString(), secret }))
  const box = await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8(act) }, cipher, said)
  const whole = new Uint8Array([...new Uint8Array(await crypto.subtle.exportKey('raw', own.publicKey)), ...iv, ...new Uint8Array(box)])
  return `k1.${kid}.${btoa(String.fromCharCode(...whole)).replaceAll('+', '-').replaceAll('/', '_')}`
}

/** A phone without the means (an old one, or no https) sends what was typed over the bank's own encrypted line. */
export const canSeal = (): boolean => globalThis.isSecureContext && 'subtle' in crypto
